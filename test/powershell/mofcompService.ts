import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { compile, type MofcompRun, type MofRepository, mofcomp } from "../../provider/model/mofCompiler";
import { managementException, namespaceMissing } from "../../provider/model/windowsException";
import type { MachineFolder } from "./machineFolder";

interface Asked {
    readonly args: readonly string[];
    readonly input: string;
}

/** What compiles for a host's mofcomp.exe: the model's compiler, over the host's folder. */
export class MofcompService {
    readonly #server: Server;
    readonly #sockets = new Set<Socket>();
    #held: (() => void)[] | undefined;

    constructor(private readonly machine: MachineFolder) {
        this.#server = createServer((socket) => this.#serve(socket)).listen(join(machine.path, "mofcomp"));
    }

    /** From now on no run ends, until `release`. */
    hold(): void {
        this.#held ??= [];
    }

    /** How many runs are held. */
    get holding(): number {
        return this.#held?.length ?? 0;
    }

    /** What is held goes on, and nothing is held any more. A run whose process has gone stores nothing. */
    release(): void {
        const held = this.#held ?? [];
        this.#held = undefined;
        for (const go of held) go();
    }

    close(): Promise<void> {
        for (const socket of this.#sockets) socket.destroy();
        return new Promise((resolve) => this.#server.close(() => resolve()));
    }

    #serve(socket: Socket): void {
        this.#sockets.add(socket);
        let asked = "";
        socket.on("error", () => undefined /* The program was killed; `close` follows. */);
        socket.on("close", () => this.#sockets.delete(socket));
        socket.on("data", (chunk) => {
            asked += String(chunk);
            if (!asked.endsWith("\n")) return;
            const go = () => {
                if (this.#sockets.has(socket)) socket.end(JSON.stringify(this.#run(JSON.parse(asked) as Asked)));
            };
            if (this.#held === undefined) go();
            else this.#held.push(go);
        });
    }

    #run({ args, input }: Asked): MofcompRun {
        const [first = "", file = ""] = args;
        if (first.startsWith("-api")) {
            const bytes = first === "-api-buffer" ? Buffer.from(input, "base64") : readFileSync(this.machine.fileOf(file));
            const { refusal, autorecover } = compile(bytes, this.#repository, { checkOnly: first === "-api-check" });
            if (refusal === null && autorecover && first === "-api") this.#repository.addAutorecover(file);
            return refusal === null ? { exit: 0, output: "" } : { exit: 1, output: JSON.stringify(refusal) };
        }
        const path = args.at(-1) ?? "";
        const found = this.machine.fileOf(path);
        const bytes = existsSync(found) ? readFileSync(found) : Buffer.alloc(0);
        return mofcomp(path, bytes, this.#repository, args.slice(0, -1));
    }

    get #repository(): MofRepository {
        const { machine } = this;
        return {
            computerName: "WIN-STANDIN",
            openNamespace: (path) => {
                if (!machine.has(path)) throw namespaceMissing();
            },
            setFlag: (path, required) => machine.setFlag(path, required),
            createNamespace: (parent, name, flag) => {
                if (!machine.has(parent)) throw managementException("0x8004100e", "Invalid namespace ");
                if (!machine.has(`${parent}/${name}`)) machine.setFlag(`${parent}/${name}`, flag);
            },
            addAutorecover: (file) => machine.addAutorecover(file),
        };
    }
}
