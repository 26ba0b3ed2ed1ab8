import type { AuthenticationType, KeyboardInteractiveCallback, NextAuthHandler, Prompt } from "ssh2";
import { printable, WmisecError } from "../core/errors";
import type { Redaction } from "../core/redaction";
import type { Credentials } from "./credentials";
import type { DialClock } from "./dialClock";
import type { PasswordGate, Turn } from "./passwordGate";

export interface AuthenticationOptions {
    readonly credentials: Credentials;
    readonly gate: Pick<PasswordGate, "enter">;
    /** For what the server says. */
    readonly redaction: Redaction;
    /** For the errors of others who wait at the gate: `web-07:22`. */
    readonly server: string;
    readonly clock: DialClock;
    /** Fires when the dial is over. */
    readonly over: AbortSignal;
    /** Ends the dial. */
    readonly fail: (error: unknown) => void;
}

type Method = "agent" | "key" | "password";

/**
 * Logs in with what there is, in this order: agent, private key, password. A password is sent at most once in a dial,
 * either as a password or as the answer to one prompt, and only after the gate let it pass.
 */
export class Authentication {
    readonly #options: AuthenticationOptions;
    readonly #plan: Method[];
    /** What we tried, in words. */
    readonly #tried: string[] = [];
    readonly #notes: string[] = [];
    /** What the server would take; undefined until it has said so. */
    #allowed: readonly AuthenticationType[] | undefined;
    #asked = false;
    /** There is one while the server owes the answer to a password. */
    #turn: Turn | undefined;

    constructor(options: AuthenticationOptions) {
        this.#options = options;
        this.#plan = (["agent", "key", "password"] as const).filter((method) => options.credentials[method] !== undefined);
    }

    get passwordOwed(): boolean {
        return this.#turn !== undefined;
    }

    /**
     * ssh2's authHandler: called for the first method and whenever one was refused or was not enough.
     * @param left null at the first call
     */
    readonly next = (left: AuthenticationType[] | null, partial: boolean | null, proceed: NextAuthHandler): void => {
        this.#settle(partial === true ? "accepted" : "denied");
        if (left !== null && left.length > 0) this.#allowed = left;
        const username = this.#options.credentials.user;
        if (!this.#asked) {
            // Every server refuses this, and says with it what it takes: no credential is shown in vain.
            this.#asked = true;
            proceed({ type: "none", username });
            return;
        }
        const method = this.#pick();
        const { agent, key } = this.#options.credentials;
        if (method === "agent" && agent !== undefined) {
            this.#tried.push(agent.from);
            proceed({ type: "agent", username, agent: agent.path });
        } else if (method === "key" && key !== undefined) {
            this.#tried.push(key.from);
            proceed({ type: "publickey", username, key: key.key });
        } else if (method === "password") void this.#sendPassword(username, proceed);
        else this.#options.fail(this.#denied());
    };

    succeeded(): void {
        this.#settle("accepted");
    }

    /** The dial is over without an answer. */
    abandon(): void {
        this.#settle("unanswered");
    }

    /** Something that went wrong without ending the dial, such as an agent that does not answer. */
    note(text: string): void {
        this.#notes.push(this.#heard(text));
    }

    /** The password is right but must be changed first. */
    passwordExpired(prompt: string): WmisecError {
        this.#settle("denied");
        return this.#refusal(
            "wants the password to be changed first",
            [this.#heard(prompt)],
            "change the password of this account, then run again",
        );
    }

    /** The server ended the connection with a reason while we logged in. */
    disconnected(reason: string): WmisecError {
        this.#settle("denied");
        this.#notes.push(this.#heard(reason));
        return this.#denied();
    }

    /** A server's words. */
    #heard(text: string): string {
        return printable(this.#options.redaction.text(text), 200);
    }

    #settle(outcome: keyof Turn): void {
        this.#turn?.[outcome]();
        this.#turn = undefined;
    }

    #allows(...types: AuthenticationType[]): boolean {
        return this.#allowed === undefined || types.some((type) => this.#allowed?.includes(type));
    }

    #pick(): Method | undefined {
        for (let method = this.#plan.shift(); method !== undefined; method = this.#plan.shift())
            if (method === "password" ? this.#allows("password", "keyboard-interactive") : this.#allows("publickey")) return method;
        return undefined;
    }

    async #sendPassword(username: string, proceed: NextAuthHandler): Promise<void> {
        const { credentials, gate, server, clock, over, fail } = this.#options;
        const password = credentials.password;
        if (password === undefined) return;
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
        this.#tried.push(password.from);
        if (this.#allows("password")) proceed({ type: "password", username, password: password.text });
        else proceed({ type: "keyboard-interactive", username, prompt: this.#answerOnce(password.text) });
    }

    #answerOnce(password: string) {
        let answered = false;
        return (_name: string, _instructions: string, _language: string, prompts: Prompt[], finish: KeyboardInteractiveCallback) => {
            const { fail } = this.#options;
            const [first, ...more] = prompts;
            if (answered) {
                this.#settle("denied");
                fail(this.#denied());
            } else if (first !== undefined && more.length === 0 && isPasswordPrompt(first)) {
                answered = true;
                finish([password]);
            } else {
                this.#settle("unanswered");
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
        const allowed = this.#allowed === undefined ? [] : [`it takes: ${this.#heard(this.#allowed.join(", "))}`];
        if (this.#tried.length === 0)
            return this.#refusal(
                `takes nothing that we have to log ${user} in`,
                allowed,
                "give what it takes, or allow it in the host's sshd_config",
            );
        return this.#refusal(`refused to log ${user} in`, [...this.#notes, ...allowed], this.#remedy());
    }

    #refusal(summary: string, said: readonly string[], remedy: string): WmisecError {
        const tried = this.#tried.length === 0 ? {} : { tried: this.#tried.join(", then ") };
        return new WmisecError("denied", summary, { said: said.join("\n"), remedy, ...tried });
    }

    #remedy(): string {
        const { password, key, agent } = this.#options.credentials;
        const forKey =
            "see that the public key stands in C:\\ProgramData\\ssh\\administrators_authorized_keys on the host, with no access for others";
        const forPassword = "check user and password, and that the account is not locked; it is not tried again, so as not to lock it";
        return [...((key ?? agent) ? [forKey] : []), ...(password ? [forPassword] : [])].join("\n");
    }
}

/** One hidden prompt that names a password, and neither a one-time code nor a change of password. */
function isPasswordPrompt({ prompt, echo }: Prompt): boolean {
    const named = /password|passwort|kennwort|mot de passe|contrase|senha|wachtwoord|lösenord|пароль|パスワード|密码|密碼|암호/i;
    const other = /one.?time|\b(otp|token|code|verif\w*|new|again|retype|current|old|expired|change)\b/i;
    // A user's name may be any word: "Password for old@gw:".
    const withoutName = prompt.replace(/\S+@\S+|\bfor \S+/i, "");
    return echo !== true && named.test(prompt) && !other.test(withoutName);
}
