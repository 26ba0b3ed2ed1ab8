import { createHash } from "node:crypto";
import { asciiJson, type Request } from "../../provider/agent/protocol";
import { WmisecError } from "../../provider/core/errors";
import type { Session } from "../../provider/core/session";
import type { MachineFacts } from "../../provider/core/wire/machine";
import type { Observation, ObserveRequest } from "../../provider/core/wire/observation";
import { NOTHING_SEEN } from "../nothingSeen";

export const FACTS: MachineFacts = {
    protocol: 1,
    psVersion: "5.1.20348.2849",
    osVersion: "10.0.20348.0",
    computerName: "WEB-07",
    user: "CONTOSO\\svc-pulumi",
    elevated: true,
    process64Bit: true,
    os64Bit: true,
    machineGuid: "0f6d1c1e-2b0a-4a57-9d0b-3f5f0f1b7c11",
    smbiosUuid: "8C4D0D56-8A5E-11EE-B9D1-0242AC120002",
};

export interface FarEndScript {
    /** When header and text are there. @default reports FACTS */
    readonly onAgent?: (far: FarEnd) => void;
    /** @default says nothing */
    readonly onRequest?: (request: Request, far: FarEnd) => void;
    /** Reads nothing before its input has ended. */
    readonly inputOnlyAtEnd?: boolean;
}

/** What a session's other side is to the client, in memory: it does what a script says. */
export class FarEnd implements Session {
    /** Without what sends parts of the agent. */
    readonly requests: Request[] = [];
    /** The parts of the agent that were sent. */
    readonly loads: string[] = [];
    onLoad = ({ id }: Request): void => this.answers({ id, ok: true, value: null });
    closed = false;
    inputEnded = false;
    /** What was sent as header and text, once both are there. */
    agent: { readonly length: number; readonly sha256: string; readonly text: string } | undefined;
    nonce = "";
    private input = "";
    private outputs: ((chunk: Buffer) => void)[] = [];
    private errors: ((chunk: Buffer) => void)[] = [];
    private ends: ((reason: WmisecError) => void)[] = [];

    constructor(private readonly script: FarEndScript = {}) {}

    send(text: string): void {
        if (this.closed || this.inputEnded) return;
        this.input += text;
        // As on a wire: not within the caller's own call.
        setImmediate(() => this.read());
    }

    endInput(): void {
        this.inputEnded = true;
        setImmediate(() => this.read());
    }

    onOutput(listener: (chunk: Buffer) => void): void {
        this.outputs.push(listener);
    }

    onErrorOutput(listener: (chunk: Buffer) => void): void {
        this.errors.push(listener);
    }

    onEnd(listener: (reason: WmisecError) => void): void {
        this.ends.push(listener);
    }

    async close(): Promise<void> {
        this.closed = true;
    }

    /** Bytes on standard output. */
    prints(text: string): void {
        for (const listener of this.outputs) listener(Buffer.from(text, "latin1"));
    }

    complains(text: string): void {
        for (const listener of this.errors) listener(Buffer.from(text, "latin1"));
    }

    answers(answer: unknown): void {
        this.prints(`${this.nonce}${asciiJson(answer)}${this.nonce}\n`);
    }

    reports(facts: unknown = FACTS): void {
        this.answers({ id: 0, ok: true, value: facts });
    }

    dies(code: WmisecError["code"] = "processEnded", summary = "the process on the host ended with exit code 1"): void {
        for (const listener of this.ends.splice(0)) listener(new WmisecError(code, summary, { remedy: "run again" }));
    }

    private read(): void {
        if (this.script.inputOnlyAtEnd === true && !this.inputEnded) return;
        if (this.agent === undefined) {
            const [, header = "", length = "", sha256 = "", nonce = ""] = /^((\d+) ([0-9A-F]{64}) ([0-9a-f]{32})\n)/.exec(this.input) ?? [];
            if (this.input.length < header.length + Number(length)) return;
            const text = this.input.slice(header.length, header.length + Number(length));
            if (createHash("sha256").update(text, "latin1").digest("hex").toUpperCase() !== sha256)
                throw new Error("the hash is not the text's");
            this.input = this.input.slice(header.length + Number(length));
            this.nonce = nonce;
            this.agent = { length: Number(length), sha256, text };
            (this.script.onAgent ?? ((far) => far.reports()))(this);
        }
        for (let end = this.input.indexOf("\n"); end >= 0; end = this.input.indexOf("\n")) {
            const request = JSON.parse(this.input.slice(0, end)) as Request;
            this.input = this.input.slice(end + 1);
            if (request.verb === "load") {
                this.loads.push((request.args as { part: string }).part);
                this.onLoad(request);
                continue;
            }
            this.requests.push(request);
            // Who says goodbye waits for no answer.
            if (request.verb !== "bye") this.script.onRequest?.(request, this);
        }
    }
}

/** An honest look: nothing is there, no ledger. */
export const nothingThere = ({ namespaces, values }: ObserveRequest): Observation => ({
    ...NOTHING_SEEN,
    namespaces: namespaces.map((path) => ({ path, state: "missing" })),
    values: values.map(({ key, name }) => ({ key, name, state: "absent" })),
});
