import { type AuthContext, type AuthenticationType, type PublicKeyAuthContext, utils } from "ssh2";
import type { LoginMethod, SimulatedUser } from "./simulatedUser";

export interface LoginRules {
    readonly users: readonly SimulatedUser[];
    /** What the server offers. */
    readonly methods: readonly LoginMethod[];
    /** Called at each attempt. */
    refuseAll(): boolean;
    /** Called when a password or a key's signature was refused. */
    failed(): void;
}

/** One round of authentication: accepts or rejects. */
export function judgeLogin(context: AuthContext, { users, methods, refuseAll, failed }: LoginRules): void {
    const user = users.find((one) => one.user === context.username);
    const offered = [...methods] as AuthenticationType[];
    const refuse = (): void => {
        failed();
        context.reject(offered);
    };
    const decide = (ok: boolean): void => (ok && !refuseAll() ? context.accept() : refuse());

    if (!offered.includes(context.method)) context.reject(offered);
    else if (context.method === "password") decide(user?.password !== undefined && context.password === user.password);
    else if (context.method === "keyboard-interactive")
        context.prompt([{ prompt: "Password: ", echo: false }], ([answer]) =>
            decide(user?.password !== undefined && answer === user.password),
        );
    else if (context.method === "publickey") {
        const known = (user?.publicKeys ?? []).some((line) => provesKey(context, line));
        // Without a signature the client only asks whether the key would be accepted. That does not count as a failed attempt.
        if (context.signature === undefined && !known) context.reject(offered);
        else decide(known);
    } else context.reject(offered);
}

function provesKey({ key, blob, signature, hashAlgo }: PublicKeyAuthContext, line: string): boolean {
    const known = utils.parseKey(line);
    if (known instanceof Error) throw known;
    const one = Array.isArray(known) ? known[0] : known;
    if (one === undefined || !one.getPublicSSH().equals(key.data)) return false;
    return signature === undefined || (blob !== undefined && one.verify(blob, signature, hashAlgo) === true);
}
