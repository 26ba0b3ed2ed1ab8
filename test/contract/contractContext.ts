import { isWmisecError } from "../../provider/core/errors";
import { autorecoverMof, encryptionMof } from "../../provider/core/mof/generate";
import { type NamespacePath, namespacePath } from "../../provider/core/namespacePath";
import { type RegistryData, UNSEC_APP_VALUE } from "../../provider/core/registry";
import type { Compiler } from "../../provider/core/wire/compiler";
import type { FlagReadings, NamespaceReading } from "../../provider/core/wire/namespaceFlag";
import { LEDGER_ONLY, type ObserveRequest } from "../../provider/core/wire/observation";
import type { RegistrationReading } from "../../provider/core/wire/registration";
import type { Step } from "../../provider/core/wire/step";
import type { WindowsHost } from "../../provider/hosts/windowsHost";
import type { WindowsMachine } from "../../provider/model/windowsMachine";

export interface HostUnderTest {
    readonly host: WindowsHost;
    /** What stands behind the host, for cases that reach behind its back; a real Windows has none. */
    readonly machine?: WindowsMachine | undefined;
    /** The one namespace that may be written to; it must be there. @default "root/wmisec_test" */
    readonly namespace?: string;
    /** The same host over a new session, where there are sessions; `dispose` ends both. */
    reopen(options?: { readonly keepMof?: boolean }): WindowsHost | Promise<WindowsHost>;
    dispose(): Promise<void>;
}

export interface ContractOptions {
    /** A real Windows: cases that need a model behind the host are skipped, and only the given namespace, its ledger entry and its registration are written. */
    readonly real?: boolean;
    /** Those cases are left out, not told as skipped: where they run elsewhere in the same run of tests. @default false */
    readonly leavesOut?: boolean;
}

/** What the cases of the contract share: the host of the running case, and the steps that most of them take. */
export class ContractContext {
    private current: HostUnderTest | undefined;

    constructor(
        private readonly makeHost: () => Promise<HostUnderTest>,
        private readonly real: boolean,
        private readonly leavesOut = false,
    ) {}

    get made(): HostUnderTest {
        if (this.current === undefined) throw new Error("asked outside a case");
        return this.current;
    }

    get host(): WindowsHost {
        return this.made.host;
    }

    get path(): NamespacePath {
        return namespacePath(this.made.namespace ?? "root/wmisec_test");
    }

    get item(): string {
        return `namespace:${this.path}`;
    }

    async begin(): Promise<void> {
        this.current = await this.makeHost();
        await this.reset();
        this.made.machine?.writes.clear();
    }

    async end(): Promise<void> {
        try {
            if (this.real) await this.reset();
        } finally {
            await this.made.dispose();
        }
    }

    /** A case that looks, or writes, behind the host's back. */
    onModel(title: string, run: (machine: WindowsMachine) => Promise<void>): void {
        if (this.real && this.leavesOut) return;
        if (this.real) test.skip(`${title} [skipped: needs a model behind the host, and this is a real Windows]`, () => undefined);
        else
            test(title, async () => {
                if (this.made.machine === undefined) throw new Error("the factory gave no machine; say `real: true` if there is none");
                await run(this.made.machine);
            });
    }

    async look(): Promise<FlagReadings> {
        return flagOf((await this.host.observe(only(this.path))).namespaces[0]);
    }

    async entry(): Promise<string | null | undefined> {
        return (await this.host.observe(NOTHING)).ledger.find((one) => one.item === this.item)?.text;
    }

    async registration(): Promise<Registration> {
        const { path } = this;
        return registrationOf((await this.host.observe({ ...NOTHING, registrations: [path] })).registrations[0]);
    }

    set(required: boolean, expect: FlagReadings, compiler: Compiler = "mofcomp"): Step {
        return { do: "compileMof", path: this.path, expect, mof: encryptionMof(this.path, required), required, compiler };
    }

    remember(text: string | null, expect: string | null): Step {
        return { do: "setLedger", item: this.item, expect, text };
    }

    register(required: boolean, expect: Registration, compiler: Compiler = "mofcomp"): Step {
        return { do: "registerMof", path: this.path, expect, mof: autorecoverMof(this.path, required), compiler };
    }

    unregister(expect: Registration): Step {
        return { do: "unregisterMof", path: this.path, expect };
    }

    /** The code with which a new session is refused. */
    async refusalOf(): Promise<string> {
        const error: unknown = await (await this.made.reopen()).observe(NOTHING).then(
            () => "not refused",
            (thrown: unknown) => thrown,
        );
        return isWmisecError(error) ? error.code : String(error);
    }

    private async reset(): Promise<void> {
        const flag = await this.look();
        const text = (await this.entry()) ?? null;
        const registration = await this.registration();
        const steps = [
            ...(registration.registered || registration.file !== null ? [this.unregister(registration)] : []),
            ...(flag.stored === false ? [] : [this.set(false, flag)]),
            ...(text === null ? [] : [this.remember(null, text)]),
        ];
        if (steps.length > 0) expect((await this.host.apply(steps, NOTHING)).stopped).toBeNull();
    }
}

export type Registration = Pick<Extract<RegistrationReading, { state: "read" }>, "registered" | "file">;

export const NOTHING: ObserveRequest = LEDGER_ONLY;
export const only = (path: NamespacePath): ObserveRequest => ({ ...NOTHING, namespaces: [path] });

export function flagOf(reading: NamespaceReading | undefined): FlagReadings {
    if (reading?.state !== "present") throw new Error(`the namespace is not there: ${JSON.stringify(reading)}`);
    return reading.flag;
}

export function registrationOf(reading: RegistrationReading | undefined): Registration {
    if (reading?.state !== "read") throw new Error(`the registration could not be read: ${JSON.stringify(reading)}`);
    return { registered: reading.registered, file: reading.file };
}

export const sz = (value: string): RegistryData => ({ kind: "REG_SZ", value });

/** Of the one registry value that policy is about. */
export const setValue = (data: RegistryData | null, expect: RegistryData | null): Step => ({
    do: "setValue",
    ...UNSEC_APP_VALUE,
    expect,
    data,
});
