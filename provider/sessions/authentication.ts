import type { AuthenticationType, KeyboardInteractiveCallback, NextAuthHandler, Prompt } from "ssh2";
import { printable, WmisecError } from "../core/errors";
import type { Redaction } from "../core/redaction";
import type { AuthAnswer } from "./authAnswers";
import type { Credentials } from "./credentials";
import type { DialClock } from "./dialClock";
import type { PasswordGate, Turn } from "./passwordGate";
import type { AgentKey } from "./sshAgent";

export interface AuthenticationOptions {
    readonly credentials: Credentials;
    readonly gate: Pick<PasswordGate, "enter">;
    /** For the server's text. */
    readonly redaction: Redaction;
    /** For the errors of other hosts that wait at the gate: `web-07:22`. */
    readonly server: string;
    readonly clock: DialClock;
    /** Fires when the dial is over. */
    readonly over: AbortSignal;
    /** Ends the dial. */
    readonly fail: (error: unknown) => void;
}

type PasswordMethod = "password" | "keyboard-interactive";

/** A credential that we showed, or meant to show. */
interface Attempt {
    /** Describes field, place and key; no secret. */
    readonly what: string;
    readonly by: "key" | "password";
    /** Undefined until the server has answered. */
    outcome: "accepted" | "refused" | "not completed" | undefined;
}

/**
 * Logs in with the available credentials, in this order: agent, private key, password. A server may want several in a row, so
 * a credential that it does not accept yet is kept. A password is sent once in a dial, either as a password or as the answer to one
 * prompt, and only after its turn at the gate. If the server accepted it and also wants the other way, it is sent once more.
 */
export class Authentication {
    readonly #options: AuthenticationOptions;
    readonly #attempts: Attempt[] = [];
    readonly #notes: string[] = [];
    readonly #agentKeys: AgentKey[];
    readonly #passwordSentBy = new Set<PasswordMethod>();
    #keyShown = false;
    /** What the server accepts; undefined until it has said so. */
    #allowed: readonly AuthenticationType[] | undefined;
    /** Its answer since the last call of `next`. */
    #answer: AuthAnswer | undefined;
    #asked = false;
    /** Set while the server has not answered a password. */
    #turn: Turn | undefined;

    constructor(options: AuthenticationOptions) {
        this.#options = options;
        this.#agentKeys = [...(options.credentials.agent?.keys ?? [])];
    }

    get passwordOwed(): boolean {
        return this.#turn !== undefined;
    }

    /** Call this with each of the server's answers, before `next`. */
    readonly answered = (answer: AuthAnswer): void => {
        this.#answer = answer;
        if (answer.left.length > 0) this.#allowed = answer.left;
    };

    /** ssh2's authHandler: called for the first method, and whenever one was refused, was not enough, or could not be shown. */
    readonly next = (_left: AuthenticationType[] | null, _partial: boolean | null, proceed: NextAuthHandler): void => {
        this.#settle(this.#answer === undefined ? "not completed" : this.#answer.partial ? "accepted" : "refused");
        this.#answer = undefined;
        const { agent, key, password, user: username } = this.#options.credentials;
        if (!this.#asked) {
            // Every server refuses this, and its answer lists what it accepts. So no credential is shown in vain.
            this.#asked = true;
            proceed({ type: "none", username });
            return;
        }
        const fromAgent = this.#allows("publickey") ? this.#agentKeys.shift() : undefined;
        const method = this.#passwordMethod();
        if (agent !== undefined && fromAgent !== undefined) {
            this.#tries("key", `${agent.from}, ${fromAgent.name}`);
            proceed({ type: "agent", username, agent: fromAgent });
        } else if (key !== undefined && !this.#keyShown && this.#allows("publickey")) {
            this.#keyShown = true;
            this.#tries("key", key.from);
            proceed({ type: "publickey", username, key: key.key });
        } else if (password !== undefined && method !== undefined) void this.#sendPassword(password, method, proceed);
        else this.#options.fail(this.#denied());
    };

    succeeded(): void {
        this.#settle("accepted");
    }

    /** The dial ended without an answer. */
    abandon(): void {
        this.#settle("not completed");
    }

    /** A problem that does not end the dial, such as an agent that does not answer. */
    note(text: string): void {
        this.#notes.push(this.#heard(text));
    }

    /** The password is right, but must be changed first. */
    passwordExpired(prompt: string): WmisecError {
        this.#settle("refused");
        return this.#refusal(
            "wants the password to be changed first",
            [this.#heard(prompt)],
            "change the password of this account, then run again",
        );
    }

    /** The server ended the connection with a reason while we logged in. */
    disconnected(reason: string): WmisecError {
        this.#settle("refused");
        this.#notes.push(this.#heard(reason));
        return this.#denied();
    }

    /** A server's text, for people. */
    #heard(text: string): string {
        return printable(this.#options.redaction.text(text), 200);
    }

    #tries(by: Attempt["by"], what: string): void {
        this.#attempts.push({ what, by, outcome: undefined });
    }

    #settle(outcome: NonNullable<Attempt["outcome"]>): void {
        this.#turn?.[TURNS[outcome]]();
        this.#turn = undefined;
        const last = this.#attempts.at(-1);
        if (last !== undefined) last.outcome ??= outcome;
    }

    #allows(type: AuthenticationType): boolean {
        return this.#allowed === undefined || this.#allowed.includes(type);
    }

    /** A refused password is not sent in the other way: that would count as a second wrong one. */
    #passwordMethod(): PasswordMethod | undefined {
        if (this.#attempts.some(({ by, outcome }) => by === "password" && outcome !== "accepted")) return undefined;
        return PASSWORD_METHODS.find((method) => this.#allows(method) && !this.#passwordSentBy.has(method));
    }

    async #sendPassword(password: NonNullable<Credentials["password"]>, method: PasswordMethod, proceed: NextAuthHandler): Promise<void> {
        const { credentials, gate, server, clock, over, fail } = this.#options;
        const username = credentials.user;
        clock.pause();
        try {
            const turn = await gate.enter(username, password.text, server, over);
            if (over.aborted) {
                turn.unanswered();
                return;
            }
            this.#turn = turn;
        } catch (error) {
            fail(error);
            return;
        }
        clock.resume();
        this.#passwordSentBy.add(method);
        this.#tries("password", `${password.from}${method === "password" ? "" : " as the answer to a prompt"}`);
        if (method === "password") proceed({ type: method, username, password: password.text });
        else proceed({ type: method, username, prompt: this.#answerOnce(password.text) });
    }

    #answerOnce(password: string) {
        let answered = false;
        return (_name: string, _instructions: string, _language: string, prompts: Prompt[], finish: KeyboardInteractiveCallback) => {
            const { fail } = this.#options;
            const [first, ...more] = prompts;
            if (answered && first !== undefined && isPasswordPrompt(first)) {
                this.#settle("refused");
                fail(this.#denied());
            } else if (!answered && first !== undefined && more.length === 0 && isPasswordPrompt(first)) {
                answered = true;
                finish([password]);
            } else {
                // The server may not have checked the password yet. A wrong one must not be tried on the next host.
                this.#settle(answered ? "refused" : "not completed");
                const asked = prompts.map(({ prompt }) => this.#heard(prompt));
                fail(
                    this.#refusal(
                        "asks for more than a password",
                        asked,
                        "use a private key, or an account that logs in with its password alone",
                    ),
                );
            }
        };
    }

    #denied(): WmisecError {
        const { user } = this.#options.credentials;
        const accepted = this.#attempts.filter(({ outcome }) => outcome === "accepted").map(({ what }) => what);
        const allowed =
            this.#allowed === undefined
                ? []
                : [`it ${accepted.length > 0 ? "still wants" : "takes"}: ${this.#heard(this.#allowed.join(", "))}`];
        const said = [...this.#notes, ...allowed];
        if (accepted.length > 0)
            return this.#refusal(`accepted ${accepted.join(" and ")}, and wants more to log ${user} in`, said, this.#remedy());
        if (this.#attempts.length > 0) return this.#refusal(`refused to log ${user} in`, said, this.#remedy());
        return this.#refusal(`accepts none of our ways to log ${user} in`, said, GIVE_OR_ALLOW);
    }

    #refusal(summary: string, said: readonly string[], remedy: string): WmisecError {
        const tried = [...this.#attempts.map(({ what, outcome }) => `${what}: ${outcome ?? "not answered"}`), ...this.#untried()];
        return new WmisecError("denied", summary, {
            said: said.join("\n"),
            remedy,
            ...(tried.length > 0 ? { tried: tried.join("\n") } : {}),
        });
    }

    /** Credentials that the server did not ask for, and why an agent had none. */
    #untried(): string[] {
        const { agent, key, password } = this.#options.credentials;
        const untried: string[] = [];
        if (agent?.problem !== undefined) untried.push(`${agent.from}: ${agent.problem}`);
        else if (this.#agentKeys.length > 0) untried.push(`${agent?.from}: ${this.#agentKeys.length} of its keys not shown`);
        if (key !== undefined && !this.#keyShown) untried.push(`${key.from}: not shown`);
        if (password !== undefined && this.#passwordSentBy.size === 0) untried.push(`${password.from}: not sent`);
        return untried;
    }

    /** About the refused credentials. If none was refused, about what the server wants besides the accepted ones. */
    #remedy(): string {
        const { key, password } = this.#options.credentials;
        const refused = (by: Attempt["by"]) => this.#attempts.some((attempt) => attempt.by === by && attempt.outcome !== "accepted");
        const accepted = this.#attempts.some(({ outcome }) => outcome === "accepted");
        const wantsKey = accepted && this.#allows("publickey") && !refused("key");
        const wantsPassword = accepted && password === undefined && PASSWORD_METHODS.some((method) => this.#allows(method));
        const remedies = [
            ...(refused("key") ? [FOR_KEY] : []),
            ...(refused("key") && key?.certificate !== undefined ? [forCertificate(key.certificate)] : []),
            ...(refused("password") ? [FOR_PASSWORD] : []),
            ...(wantsKey ? ["give another key that it knows: privateKey, or an SSH agent that holds it"] : []),
            ...(wantsPassword ? ["also set password"] : []),
        ];
        return remedies.length > 0 ? remedies.join("\n") : GIVE_OR_ALLOW;
    }
}

const PASSWORD_METHODS: readonly PasswordMethod[] = ["password", "keyboard-interactive"];

const TURNS = { accepted: "accepted", refused: "denied", "not completed": "unanswered" } as const;

const GIVE_OR_ALLOW = "give credentials that it accepts, or allow yours in the host's sshd_config (AuthenticationMethods)";
const FOR_KEY =
    "check that the public key is in C:\\ProgramData\\ssh\\administrators_authorized_keys on the host, and that nobody else has access to that file";
const FOR_PASSWORD = "check user and password, and that the account is not locked; the login is not retried, so as not to lock it";
const forCertificate = (path: string) =>
    `if the host knows this user by the certificate ${path}, use transport "openssh": this one shows only the key`;

/** One hidden prompt that names a password, and neither a one-time code nor a change of password. */
function isPasswordPrompt({ prompt, echo }: Prompt): boolean {
    const named = /password|passwort|kennwort|mot de passe|contrase|senha|wachtwoord|lösenord|пароль|パスワード|密码|密碼|암호/i;
    const other = /one.?time|\b(otp|token|code|verif\w*|new|again|retype|current|old|expired|change)\b/i;
    // A user name may be any of these words: "Password for old@gw:".
    const withoutName = prompt.replace(/\S+@\S+|\bfor \S+/i, "");
    return echo !== true && named.test(prompt) && !other.test(withoutName);
}
