import { isUtf8 } from "node:buffer";
import { type ChildProcess, spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { WmisecError } from "../core/errors";
import { describeSource, type SecretReference, type SecretSource } from "../core/secretRef";
import { expandHome } from "./expandHome";
import { Redaction } from "./redaction";

export interface SecretsOptions {
    /** Read at each resolution, so that a change is seen. */
    readonly env: NodeJS.ProcessEnv;
    readonly home: string;
    /** Ends programs that are still running. */
    readonly signal: AbortSignal;
    /** Milliseconds for a program. @default 30000 */
    readonly commandMs?: number;
}

/** Bytes. More than this is no secret but a mistake. */
const MAX_SECRET = 65_536;

/** Why a reference gave no secret, and what to do. Never holds what the place held. */
class NoSecret extends Error {
    constructor(
        readonly problem: string,
        readonly remedy: string,
    ) {
        super(problem);
    }
}

/**
 * Gets secrets from where they are kept. Callers who ask for one reference at the same time share one look; the next one
 * looks again, so that a rotated secret is seen by the next connection.
 */
export class Secrets {
    /** Of everything that was resolved here, inline secrets included. */
    readonly redaction = new Redaction();
    readonly #options: SecretsOptions;
    readonly #underWay = new Map<string, Promise<string>>();

    constructor(options: SecretsOptions) {
        this.#options = options;
    }

    /**
     * @param field for the error: `connection.password`
     * @throws WmisecError `secretUnavailable`, which names the field and the place and never shows anything that was read.
     */
    async resolve(source: SecretSource, field: string): Promise<string> {
        try {
            const secret = typeof source === "string" ? source : await this.#look(source);
            this.redaction.add(secret);
            return secret;
        } catch (error) {
            if (!(error instanceof NoSecret) || typeof source === "string") throw error;
            throw new WmisecError("secretUnavailable", `no secret for ${field}: ${describeSource(source)} ${error.problem}`, {
                remedy: error.remedy,
            });
        }
    }

    #look(source: SecretReference): Promise<string> {
        const key = JSON.stringify(source);
        const shared = this.#underWay.get(key);
        if (shared !== undefined) return shared;
        const look = this.#read(source).finally(() => this.#underWay.delete(key));
        this.#underWay.set(key, look);
        return look;
    }

    async #read(source: SecretReference): Promise<string> {
        const { env, home } = this.#options;
        if ("env" in source) return this.#fromEnvironment(env[source.env]);
        const bytes = "file" in source ? await fromFile(expandHome(source.file, home)) : await fromCommand(source.command, this.#options);
        const secret = decoded(bytes).replace(/\r?\n$/, "");
        if (secret === "") throw new NoSecret("is empty", "put the secret there");
        return secret;
    }

    #fromEnvironment(value: string | undefined): string {
        const remedy = "set it where pulumi runs; refresh and destroy need it too";
        if (value === undefined) throw new NoSecret("is not set", remedy);
        if (value === "") throw new NoSecret("is empty", remedy);
        return value;
    }
}

async function fromFile(path: string): Promise<Buffer> {
    let content: Buffer;
    try {
        content = await readFile(path);
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        const problem = code === "ENOENT" ? "does not exist" : `can't be read (${code})`;
        throw new NoSecret(problem, "check the path, and that the account that runs pulumi may read it");
    }
    if (content.length > MAX_SECRET) throw new NoSecret(`is larger than ${MAX_SECRET} bytes`, "name the file that holds the secret alone");
    return content;
}

/** Windows PowerShell's `>` and Out-File write UTF-16 with a byte order mark, some editors UTF-8 with one. */
function decoded(content: Buffer): string {
    const [first, second] = content;
    if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(content);
    if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(content);
    // A password with replacement characters in it would be a wrong one, and wrong ones lock accounts.
    if (!isUtf8(content) && isDer(content))
        throw new NoSecret(
            "is binary (DER or PFX), not text",
            "write the key as text: openssl pkey -inform DER -in FILE -out NEW; of a .pfx: openssl pkcs12 -nocerts -in FILE -out NEW",
        );
    if (!isUtf8(content)) throw new NoSecret("is neither UTF-8 nor UTF-16 text", "have it be UTF-8");
    return new TextDecoder().decode(content);
}

/** A sequence that fills the whole content (X.690): how keys and certificates begin that are not PEM. */
function isDer(content: Buffer): boolean {
    const [tag, length = 0] = content;
    const inBytes = length & 0x80 ? length & 0x7f : 0;
    if (tag !== 0x30 || inBytes > 4 || content.length < 2 + inBytes) return false;
    return content.length === 2 + inBytes + (inBytes === 0 ? length : content.readUIntBE(2, inBytes));
}

/** Standard error is thrown away: vault clients print tokens there. */
function fromCommand([program = "", ...args]: readonly string[], { env, signal, commandMs = 30_000 }: SecretsOptions): Promise<Buffer> {
    return new Promise((resolve, reject) => {
        const child: ChildProcess = spawn(program, args, { env, stdio: ["ignore", "pipe", "ignore"], windowsHide: true });
        const chunks: Buffer[] = [];
        let size = 0;
        const finish = (outcome: () => void) => {
            clearTimeout(timer);
            signal.removeEventListener("abort", stopped);
            child.stdout?.destroy();
            child.kill("SIGKILL");
            outcome();
        };
        const fail = (problem: string, remedy: string) => finish(() => reject(new NoSecret(problem, remedy)));
        const stopped = () => fail("was stopped, because the run is being stopped", "run the command again");
        const timer = setTimeout(
            () => fail(`did not end within ${commandMs / 1000} s`, "run it by hand where pulumi runs; it must not ask questions"),
            commandMs,
        );
        signal.addEventListener("abort", stopped, { once: true });
        // There is none where this process may open no more files.
        child.stdout?.on("data", (chunk: Buffer) => {
            size += chunk.length;
            chunks.push(chunk);
            if (size > MAX_SECRET) fail(`printed more than ${MAX_SECRET} bytes`, "have it print the secret alone");
        });
        // The error of a failed start carries the arguments, which may be secret: only its code is shown.
        child.on("error", (error: NodeJS.ErrnoException) =>
            fail(
                `could not be started (${error.code})`,
                "check the program's name; a script needs its interpreter in front, there is no shell",
            ),
        );
        child.on("close", (code, killedBy) => {
            if (code === 0) finish(() => resolve(Buffer.concat(chunks)));
            else fail(`ended with ${killedBy ?? `exit code ${code}`}`, "run it by hand where pulumi runs to see what it says");
        });
        if (signal.aborted) stopped();
    });
}
