import type { Connection } from "../../provider/core/connection";
import { WmisecError } from "../../provider/core/errors";
import { withFleets } from "../../provider/core/ledger/memberOwner";
import type { Step } from "../../provider/core/wire/step";
import type { Handler } from "../../provider/handlers/handler";
import type { Lives, Runtime } from "../../provider/handlers/runtime";
import { MemoryHost } from "../../provider/hosts/memoryHost";
import type { WindowsHost } from "../../provider/hosts/windowsHost";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { AskedLives } from "../../provider/plugin/askedLives";
import { specOf } from "../../provider/resources";
import { InSchemaHandler } from "./inSchema";

/** Handlers over hosts in memory. */
export class HandlerWorld {
    readonly machines = new Map<string, WindowsMachine>();
    /** Names of hosts that do not answer. */
    readonly silent = new Set<string>();
    readonly said: string[] = [];
    /** How often each host was asked for anything. */
    readonly asked: string[] = [];
    /** Called before each apply: what somebody does between our look and our write. */
    meanwhile: () => void = () => undefined;
    /** Called after each apply, with its steps. */
    afterApply: (steps: readonly Step[]) => void = () => undefined;
    /** Awaited before and after each verb: who comes first is up to it. */
    turn: () => Promise<void> = async () => undefined;
    /** How many of the steps of an apply are carried out; the rest is up to what `afterApply` throws. */
    carriedOut: (steps: readonly Step[]) => number = (steps) => steps.length;
    /** What the engine has asked about in this run. */
    known: Lives | undefined;
    stopped = false;
    strict = false;
    previewHosts = false;
    /** Fires when the user cancels the run. */
    stopping = new AbortController();
    /** The controller's clock. */
    now = "2026-01-02T03:04:05.000Z";
    /** Hosts whose sessions were ended, in order. */
    readonly released: string[] = [];
    evict = new Set<string>();
    forget = new Set<string>();
    private lives = 0;

    handler(name: string): Handler {
        return new InSchemaHandler(specOf(name), this.runtime());
    }

    machine(host: string): WindowsMachine {
        const machine =
            this.machines.get(host) ?? new WindowsMachine({ computerName: host.toUpperCase(), namespaces: { "root/contoso": null } });
        this.machines.set(host, machine);
        return machine;
    }

    /** A run that is killed after so many steps of its write: the state never hears of what it wrote. */
    async killed(work: () => Promise<unknown>, steps = Number.POSITIVE_INFINITY): Promise<void> {
        this.carriedOut = ({ length }) => Math.min(length, steps);
        this.afterApply = () => {
            throw new Error("killed");
        };
        await expect(work()).rejects.toThrow("killed");
        this.undisturbed();
    }

    /** From now on each write is carried out to its end. */
    undisturbed(): void {
        this.meanwhile = () => undefined;
        this.afterApply = () => undefined;
        this.carriedOut = ({ length }) => length;
    }

    /** A run begins, in which the engine asks about these lives. */
    begins(programRuns: boolean): AskedLives {
        const lives = new AskedLives(async () => programRuns);
        this.known = lives;
        return lives;
    }

    runtime(): Runtime {
        return {
            host: (connection) => this.host(connection),
            evict: withFleets(this.evict),
            forget: this.forget,
            strict: this.strict,
            previewHosts: this.previewHosts,
            now: () => this.now,
            newId: () => `life-${++this.lives}`,
            beforeWrite: async () => {
                if (this.stopped) throw new WmisecError("cancelled", "stopped", { remedy: "run again" });
            },
            stopping: this.stopping.signal,
            release: ({ host }) => void this.released.push(host),
            lives: this.known,
            log: {
                info: async (text) => void this.said.push(`info ${text}`),
                warn: async (text) => void this.said.push(`warn ${text}`),
                passing: async (text) => void this.said.push(`passing ${text}`),
                unreachable: async (host) => void this.said.push(`unreachable ${host}`),
            },
        };
    }

    private host({ host }: Connection): WindowsHost {
        const memory = new MemoryHost(this.machine(host), { name: host });
        const guarded = async <T>(verb: string, work: () => Promise<T>): Promise<T> => {
            this.asked.push(`${verb} ${host}`);
            if (this.silent.has(host)) throw new WmisecError("unreachable", "refused", { host, remedy: "switch it on" });
            await this.turn();
            const answer = await work();
            await this.turn();
            return answer;
        };
        return {
            machine: () => guarded("machine", () => memory.machine()),
            observe: (request) => guarded("observe", () => memory.observe(request)),
            apply: (steps, request) => {
                this.meanwhile();
                return guarded("apply", () => memory.apply(steps.slice(0, this.carriedOut(steps)), request)).finally(() =>
                    this.afterApply(steps),
                );
            },
            readEvents: (request) => guarded("readEvents", () => memory.readEvents(request)),
        };
    }
}
