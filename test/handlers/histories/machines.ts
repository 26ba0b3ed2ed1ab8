import { itemNamed } from "../../../provider/core/items/item";
import { meansSame } from "../../../provider/core/items/itemValue";
import type { ItemValue } from "../../../provider/core/items/kinds";
import { type Owner, parseEntry } from "../../../provider/core/ledger/entry";
import { registrationFileName } from "../../../provider/core/mof/autorecover";
import { namespacePath } from "../../../provider/core/namespacePath";
import { UNSEC_APP_VALUE } from "../../../provider/core/registry";
import type { Properties } from "../../../provider/handlers/handler";
import { WindowsMachine } from "../../../provider/model/windowsMachine";
import { HOSTS, PATHS, type Start } from "./acts";
import { hostsIn } from "./stack";

const VALUE = "value:SOFTWARE/Microsoft/WBEM/CIMOM/UnsecAppAccessControlDefault";
export const namespaceName = (path: string) => `namespace:${path}`;
export const ITEM_NAMES = [...PATHS.flatMap((path) => [namespaceName(path), `registration:${path}`]), VALUE];

/** The machines of a history, read without any rule of the product. */
export class Machines {
    readonly byHost = new Map<string, WindowsMachine>();

    constructor(starts: readonly Start[]) {
        for (const [index, { reading, flags, value }] of starts.entries()) {
            const machine = new WindowsMachine({ namespaces: Object.fromEntries(PATHS.map((path, at) => [path, flags[at] ?? null])) });
            machine.namespaces.instanceReading = reading;
            machine.registry.set(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name, value);
            this.byHost.set(HOSTS[index] ?? "h0", machine);
        }
    }

    on(host: string): WindowsMachine {
        const machine = this.byHost.get(host);
        if (machine === undefined) throw new Error(`no machine ${host}`);
        return machine;
    }

    /** All entries, by `host item`. */
    ledgers(): Map<string, string> {
        return new Map(
            HOSTS.flatMap((host) => Object.entries(this.on(host).ledger()).map(([name, text]) => [`${host} ${name}`, text] as const)),
        );
    }

    /** The items there whose entries have no owner: a fleet let go of the host, and left it as it was. */
    handedOver(host: string): string[] {
        return Object.entries(this.on(host).ledger()).flatMap(([name, text]) =>
            !name.startsWith("move:") && ownersIn(text).length === 0 ? [name] : [],
        );
    }

    /** Does an entry there carry this stamp? */
    names(host: string, id: string): boolean {
        return Object.entries(this.on(host).ledger()).some(
            ([name, text]) => !name.startsWith("move:") && ownersIn(text).some(({ stamp }) => stamp === id),
        );
    }

    /** Is it noted there that this life moves to that host? */
    hasNote(host: string, id: string, to: string): boolean {
        return Object.entries(this.on(host).ledger()).some(
            ([name, text]) => name.startsWith(`move:${id}:`) && text.includes(`"host":"${to}"`),
        );
    }

    isTrue(host: string, name: string): boolean {
        const live = this.live(host, name);
        return live === true || (typeof live === "object" && "kind" in live && live.value === "1");
    }

    isSame(host: string, name: string, value: ItemValue): boolean {
        const item = itemNamed(name);
        if (item === undefined) throw new Error(`${name} is no item`);
        return meansSame(item, this.live(host, name), value);
    }

    /** What will be in force once the WMI service has been restarted. */
    live(host: string, name: string): ItemValue {
        const { namespaces, files, autorecoverList } = this.on(host);
        if (name === VALUE) return this.on(host).value(UNSEC_APP_VALUE.key, UNSEC_APP_VALUE.name);
        if (name.startsWith("registration:")) {
            const file = registrationFileName(namespacePath(name.slice("registration:".length)));
            return [...files.list(), ...autorecoverList].some((one) => one.endsWith(file)) ? true : "absent";
        }
        const readings = namespaces.readings(name.slice("namespace:".length));
        const flag = namespaces.instanceReading === "ahead" ? readings?.effective : readings?.stored;
        return flag ?? "absent";
    }
}

export function ownersIn(text: string | undefined): readonly Owner[] {
    const parsed = parseEntry(text);
    return parsed.state === "entry" ? parsed.entry.owners : [];
}

/** `host item` of all that a program declares to be TRUE. */
export function trueItems(program: Properties): string[] {
    const namespaces = (program["namespaces"] ?? {}) as Record<string, { requiresEncryption: boolean }>;
    const names = Object.entries(namespaces).flatMap(([path, { requiresEncryption }]) => (requiresEncryption ? [namespaceName(path)] : []));
    if (program["checkAccess"] === true) names.push(VALUE);
    return hostsIn(program).flatMap((host) => names.map((name) => `${host} ${name}`));
}
