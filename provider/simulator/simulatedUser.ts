export interface SimulatedUser {
    /** Exactly as the client must send it. */
    readonly user: string;
    /** If absent, nobody can log in with a password. */
    readonly password?: string;
    /** Public key lines, as in `authorized_keys`. */
    readonly publicKeys?: readonly string[];
    /** PEM: who shows it over WinRM, and has its key, is this user (`ClientCertificate` mapping). */
    readonly certificate?: string;
}

export type LoginMethod = "password" | "keyboard-interactive" | "publickey";
