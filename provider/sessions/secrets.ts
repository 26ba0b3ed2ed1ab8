import { isUtf8 } from "node:buffer";
import type { ChildProcess } from "node:child_process";
import { describeSource, type SecretReference, type SecretSource } from "../core/connection/secretRef";
import { WmisecError } from "../core/errors";
import { Redaction } from "../core/redaction";
import { programExhausted } from "./controllerFault";
import { expandHome } from "./expandHome";
import { FileReader, Unread } from "./fileReader";
import { LEADS_GROUP, signalGroup } from "./processGroup";
import { isUnsafeForScript, startProgram } from "./startProgram";

export interface SecretsOptions {
    /** Read at each resolution, so that a change is seen. */
    readonly env: NodeJS.ProcessEnv;
    readonly home: string;
    /** Ends programs that are still running. */
    readonly signal: AbortSignal;
    /** Gets every secret that is resolved here, inline secrets included. @default one of its own */
    readonly redaction?: Redaction;
    /** Milliseconds for a program. @default 30000 */
    readonly commandMs?: number;
    /** Milliseconds for a file. @default 10000 */
    readonly fileMs?: number;
}

/** Milliseconds to read a program's output after its end: a helper that it started may hold the output open. */
const LAST_WORDS_MS = 250;

/** Bytes. Anything larger is not a secret but a mistake. */
const MAX_SECRET = 65_536;

/** Why a reference gave no secret, and what to do. Never contains what was read. */
class NoSecret extends Error {
    constructor(
        readonly problem: string,
        readonly remedy: string,
    ) {
        super(problem);
    }
}

/**
 * Resolves secrets. Callers who ask for the same reference at the same time share one read. A later caller reads again, so the
 * next connection gets a rotated secret.
 */
export class Secrets {
    readonly #redaction: Redaction;
    readonly #options: SecretsOptions;
    readonly #files: FileReader;
    readonly #underWay = new Map<string, Promise<string>>();

    constructor(options: SecretsOptions) {
        this.#options = options;
        this.#redaction = options.redaction ?? new Redaction();
        this.#files = new FileReader(options.env, options.signal);
    }

    /**
     * @param field for the error: `connection.password`
     * @throws WmisecError `secretUnavailable`, which names the field and the place, and never shows what was read.
     */
    async resolve(source: SecretSource, field: string): Promise<string> {
        try {
            const secret = typeof source === "string" ? source : await this.#look(source);
            this.#redaction.add(secret);
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
        const bytes =
            "file" in source ? await this.#fromFile(expandHome(source.file, home)) : await fromCommand(source.command, this.#options);
        const secret = decoded(bytes).replace(/\r?\n$/, "");
        if (secret === "") throw new NoSecret("is empty", "put the secret there");
        return secret;
    }

    async #fromFile(path: string): Promise<Buffer> {
        const { fileMs = 10_000 } = this.#options;
        try {
            return await this.#files.read(path, MAX_SECRET, fileMs);
        } catch (error) {
            if (!(error instanceof Unread)) throw error;
            throw unread(error, fileMs);
        }
    }

    #fromEnvironment(value: string | undefined): string {
        const remedy = "set it where pulumi runs; refresh and destroy need it too";
        if (value === undefined) throw new NoSecret("is not set", remedy);
        if (value === "") throw new NoSecret("is empty", remedy);
        return value;
    }
}

function unread({ code }: Unread, ms: number): NoSecret {
    const check = "check the path, and that the account that runs pulumi may read it";
    switch (code) {
        case "ENOENT":
            return new NoSecret("does not exist", check);
        case "ENOTFILE":
            return new NoSecret(
                "is not a file but a pipe, a device or a socket",
                "name an ordinary file, or use { command: [PROGRAM, ...] }",
            );
        case "ETOOLARGE":
            return new NoSecret(`is larger than ${MAX_SECRET} bytes`, "name a file that holds only the secret");
        case "ETIMEDOUT":
            return new NoSecret(`could not be read within ${ms / 1000} s`, "check whether it lies on a network share that does not answer");
        case "ECANCELED":
            return new NoSecret("was not read, because the run is stopping", "run the command again");
        default:
            return new NoSecret(`can't be read (${code})`, check);
    }
}

/** Windows PowerShell's `>` and Out-File write UTF-16 with a byte order mark; some editors write UTF-8 with one. */
function decoded(content: Buffer): string {
    const [first, second] = content;
    if (first === 0xff && second === 0xfe) return new TextDecoder("utf-16le").decode(content);
    if (first === 0xfe && second === 0xff) return new TextDecoder("utf-16be").decode(content);
    // Decoding other bytes would put replacement characters into a password. It would be wrong, and wrong passwords lock accounts.
    if (!isUtf8(content) && isDer(content))
        throw new NoSecret(
            "is binary (DER or PFX), not text",
            "write the key as text: openssl pkey -inform DER -in FILE -out NEW; of a .pfx: openssl pkcs12 -nocerts -in FILE -out NEW",
        );
    if (!isUtf8(content)) throw new NoSecret("is neither UTF-8 nor UTF-16 text", "save it as UTF-8");
    return new TextDecoder().decode(content);
}

/** An ASN.1 sequence that fills the whole content (X.690): binary keys and certificates begin so. */
function isDer(content: Buffer): boolean {
    const [tag, length = 0] = content;
    const inBytes = length & 0x80 ? length & 0x7f : 0;
    if (tag !== 0x30 || inBytes > 4 || content.length < 2 + inBytes) return false;
    return content.length === 2 + inBytes + (inBytes === 0 ? length : content.readUIntBE(2, inBytes));
}

const UNSAFE_ARGUMENT = new NoSecret(
    "is not available: an argument contains a quote or a line break, which can't be passed safely to a script for cmd.exe (.cmd, .bat)",
    "write the program's name with its .exe, or put the argument into a script of your own",
);

/** Shows only the error's code: the error also contains the arguments, which may be secret. */
const notStarted = ({ code }: NodeJS.ErrnoException, program: string): Error =>
    programExhausted(code, `start ${program}`) ??
    new NoSecret(
        `could not be started (${code})`,
        "check the program's name, and the PATH where pulumi runs; there is no shell, so name a script's interpreter first",
    );

/**
 * Standard error is discarded: vault clients print tokens there. When the program exits, anything that it left running is ended,
 * even if that holds the output open.
 */
function fromCommand([program = "", ...args]: readonly string[], { env, signal, commandMs = 30_000 }: SecretsOptions): Promise<Buffer> {
    return new Promise((resolve, reject) => {
        let child: ChildProcess;
        try {
            if (isUnsafeForScript(program, args)) throw UNSAFE_ARGUMENT;
            child = startProgram(program, args, { env, stdio: ["ignore", "pipe", "ignore"], ...LEADS_GROUP });
        } catch (error) {
            reject(error instanceof NoSecret ? error : notStarted(error as NodeJS.ErrnoException, program));
            return;
        }
        const chunks: Buffer[] = [];
        let size = 0;
        let lastWords: NodeJS.Timeout | undefined;
        const finish = (outcome: () => void) => {
            clearTimeout(timer);
            clearTimeout(lastWords);
            signal.removeEventListener("abort", stopped);
            child.stdout?.destroy();
            signalGroup(child, "SIGKILL", env);
            outcome();
        };
        const fail = (problem: string, remedy: string) => finish(() => reject(new NoSecret(problem, remedy)));
        const stopped = () => fail("was stopped, because the run is stopping", "run the command again");
        const timer = setTimeout(
            () => fail(`did not end within ${commandMs / 1000} s`, "run it by hand where pulumi runs; it must not ask questions"),
            commandMs,
        );
        const ended = (code: number | null, killedBy: NodeJS.Signals | null) => {
            if (code === 0) finish(() => resolve(Buffer.concat(chunks)));
            else fail(`ended with ${killedBy ?? `exit code ${code}`}`, "run it by hand where pulumi runs to see what it says");
        };
        signal.addEventListener("abort", stopped, { once: true });
        // There is no stdout if this process can open no more files.
        child.stdout?.on("data", (chunk: Buffer) => {
            size += chunk.length;
            chunks.push(chunk);
            if (size > MAX_SECRET) fail(`printed more than ${MAX_SECRET} bytes`, "let it print only the secret");
        });
        child.on("error", (error) => finish(() => reject(notStarted(error, program))));
        child.on("exit", (code, killedBy) => {
            signalGroup(child, "SIGKILL", env);
            lastWords = setTimeout(() => ended(code, killedBy), LAST_WORDS_MS);
        });
        child.on("close", ended);
        if (signal.aborted) stopped();
    });
}
