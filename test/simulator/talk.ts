import { Client, type ClientChannel, type ConnectConfig } from "ssh2";
import { type AgentPart, agentCommand, agentText, partText } from "../../provider/agent/command";
import { FrameReader } from "../../provider/agent/frames";
import { type Answer, agentHeader, answerSchema, asciiJson } from "../../provider/agent/protocol";
import type { SimulatedHost } from "../../provider/simulator";

/** An SSH client that is none of ours, logged in. */
export async function login(host: SimulatedHost, config: ConnectConfig = {}): Promise<Client> {
    const client = new Client();
    await new Promise<void>((settle, fail) => {
        // One failure makes several errors: later ones are of no interest, and none may go unheard.
        client.once("ready", settle).on("error", fail);
        // Of a connection that ends in the key exchange ssh2 says no more than this.
        client.once("close", () => fail(new Error("the connection was closed before anybody was logged in")));
        const { host: address, port, user, password } = host.connection;
        client.connect({
            host: address,
            ...(port === undefined ? {} : { port }),
            username: user,
            ...(typeof password === "string" ? { password } : {}),
            ...config,
        });
    });
    client.setNoDelay(true);
    return client;
}

export interface Ended {
    readonly output: string;
    readonly errorOutput: string;
    /** undefined when the connection broke before the process said. */
    readonly exit: number | undefined;
}

export interface Running {
    readonly channel: ClientChannel;
    /** When the channel is closed. */
    readonly ended: Promise<Ended>;
}

export function start(client: Client, command: string): Promise<Running> {
    return new Promise((settle, fail) => {
        client.exec(command, (error, channel) => {
            if (error !== undefined) return fail(error);
            const pieces = { output: "", errorOutput: "" };
            let exit: number | undefined;
            channel.on("data", (piece: Buffer) => {
                pieces.output += piece.toString("latin1");
            });
            channel.stderr.on("data", (piece: Buffer) => {
                pieces.errorOutput += piece.toString("latin1");
            });
            channel.on("exit", (code: number) => {
                exit = code;
            });
            settle({ channel, ended: new Promise((over) => channel.on("close", () => over({ ...pieces, exit }))) });
        });
    });
}

export async function run(client: Client, command: string, input = ""): Promise<Ended> {
    const { channel, ended } = await start(client, command);
    channel.end(input);
    return ended;
}

export const NONCE = "0123456789abcdef0123456789abcdef";

/** The process that our constant command starts, fed with our agent; answers come in order. */
export class Talk {
    private readonly answers: Answer[] = [];
    private readonly waiting: ((answer: Answer | undefined) => void)[] = [];
    private readonly partsOfWrites: AgentPart[] = ["trust", "write"];
    private over = false;

    private constructor(readonly process: Running) {
        const frames = new FrameReader(NONCE);
        process.channel.on("data", (piece: Buffer) => {
            for (const frame of frames.push(piece)) this.arrived(answerSchema.parse(JSON.parse(frame)));
        });
        process.ended.then(() => {
            this.over = true;
            for (const one of this.waiting.splice(0)) one(undefined);
        });
    }

    static async begin(client: Client): Promise<Talk> {
        const process = await start(client, agentCommand());
        const talk = new Talk(process);
        const { text, sha256, length } = agentText();
        process.channel.write(agentHeader(length, sha256, NONCE) + text);
        return talk;
    }

    /** The next answer; undefined when the process ended without one. */
    next(): Promise<Answer | undefined> {
        const held = this.answers.shift();
        if (held !== undefined || this.over) return Promise.resolve(held);
        return new Promise((settle) => this.waiting.push(settle));
    }

    /** The answer. Before the first write the parts of the agent that every write needs are sent. */
    ask(id: number, verb: string, args: unknown, timeoutMs = 10_000): Promise<Answer | undefined> {
        if (verb === "apply") for (const part of this.partsOfWrites.splice(0)) this.load(part);
        this.line(asciiJson({ id, verb, timeoutMs, args }));
        return this.next();
    }

    private load(part: AgentPart): void {
        this.line(asciiJson({ id: 999_999, verb: "load", timeoutMs: 10_000, args: { part, text: partText(part).text } }));
        void this.next();
    }

    line(text: string): void {
        this.process.channel.write(`${text}\n`);
    }

    private arrived(answer: Answer): void {
        const reader = this.waiting.shift();
        if (reader === undefined) this.answers.push(answer);
        else reader(answer);
    }
}
