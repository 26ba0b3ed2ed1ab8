import { itemName } from "../core/items/item";
import { UNSEC_APP_ITEM } from "../core/items/registryValue";
import { type Redaction, SHORTEST_IN_NAME } from "../core/redaction";
import { WMI_EVENT } from "../core/wire/events";
import { AGENT_FAILURES, type HostFailure, isKnownType } from "../core/wire/hostFailure";
import { asciiJson } from "./protocol";

/** A host that says who it is with a secret in it: the name can be neither shown nor remembered, and another one would be a lie. */
export class HoldsSecret extends Error {
    override readonly name = "HoldsSecret";
    readonly remedy =
        "find out who put a password, passphrase or key of this run there, change that secret, and put MachineGuid (HKLM\\SOFTWARE\\Microsoft\\Cryptography) and the SMBIOS UUID of the host right";

    constructor() {
        super("what the host gives as its identity holds a secret of this run");
    }
}

/**
 * Fields whose schema lets only words of ours, numbers or times through, or that must repeat what was asked, which is looked at
 * before anything is made of an answer. `content` is never told: it is edited, and goes back to the host.
 */
const CLOSED = new Set([
    ...["state", "kind", "reason", "during", "hresult", "wmiCode", "backup", "content", "since", "until", "first", "last"],
    ...["path", "file", "key", "name"],
]);

const IDENTITY = new Set(["machineGuid", "smbiosUuid"]);
const GUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const HIDDEN: HostFailure = {
    type: AGENT_FAILURES.unexpectedValue,
    hresult: "0x00000000",
    wmiCode: null,
    message:
        "its data holds a secret of this run (a password, passphrase or key), so it is neither shown nor remembered: take it out there, and change that secret",
};

/**
 * What a host answered, without the secrets of this process. Words for people lose them. Data is never changed: a value that holds one
 * is a value that could not be read, an entry of the ledger that holds one is not one of ours.
 * @param value as its schema lets it through
 * @param asked the request's text: a name that stands there says nothing new
 * @throws HoldsSecret
 */
export function withoutSecrets<T>(value: T, redaction: Redaction, asked = ""): T {
    return new Cleaning(redaction, asked).clean(value, "") as T;
}

class Cleaning {
    /** Every string of the request, in lower case, as JSON has it. */
    private readonly asked: ReadonlySet<string>;

    constructor(
        private readonly redaction: Redaction,
        request: string,
    ) {
        this.asked = new Set(request.toLowerCase().match(/"(?:[^"\\]|\\.)*"/g));
    }

    clean(value: unknown, field: string): unknown {
        if (typeof value === "string") return this.text(value, field);
        if (Array.isArray(value)) return value.map((one) => this.clean(one, field));
        if (!isBag(value)) return value;
        const { data, item, text, ...rest } = value;
        if (isBag(data)) return holdsSecret(data["value"], this.redaction) ? { ...rest, state: "failed", failure: HIDDEN } : value;
        // Of what an event of another kind is about only our own words are told.
        if (typeof value["about"] === "string" && value["id"] !== WMI_EVENT.mofNotLoaded) return value;
        if (typeof item === "string" && (text === null || typeof text === "string")) return this.record(item, text);
        return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, this.clean(one, key)]));
    }

    private text(text: string, field: string): string {
        if (CLOSED.has(field) || (field === "type" && isKnownType(text))) return text;
        if (!IDENTITY.has(field)) return this.redaction.text(text);
        if (this.redaction.isIn(text, GUID.test(text) ? SHORTEST_IN_NAME : undefined)) throw new HoldsSecret();
        return text;
    }

    private itemName(name: string): string {
        const about = name.slice(name.indexOf(":") + 1);
        if (name === itemName(UNSEC_APP_ITEM) || this.asked.has(asciiJson(about).toLowerCase())) return name;
        return name.slice(0, name.length - about.length) + this.redaction.name(about);
    }

    /**
     * The name and the text of an entry are compared and written back, so they stay as they are. Names of owners lose their secrets
     * where they are told.
     */
    private record(item: string, text: string | null): { item: string; text: string | null } {
        const name = this.itemName(item);
        if (text === null) return { item: name, text };
        const entry = parsed(text);
        if (!isBag(entry)) return { item: name, text: this.redaction.text(text) };
        const { owners, before, written, writing, to, since } = entry;
        // What a note of a move says of the other machine is told as it stands there.
        const told = isBag(to) ? [to["host"], to["machine"], since] : [];
        const values = [before, written, writing, ...(Array.isArray(owners) ? owners.map((one) => isBag(one) && one["wants"]) : [])];
        const holds =
            values.some((one) => isBag(one) && holdsSecret(one["value"], this.redaction)) ||
            told.some((one) => typeof one === "string" && this.redaction.isIn(one, SHORTEST_IN_NAME));
        return { item: name, text: holds ? `an entry that holds a secret of this run: ${this.redaction.text(text)}` : text };
    }
}

/** Registry data of any kind. Strings of one value may be parts of one secret. */
function holdsSecret(data: unknown, redaction: Redaction): boolean {
    if (typeof data === "number") return redaction.isIn(String(data));
    if (typeof data === "string") return redaction.isIn(data);
    return Array.isArray(data) && redaction.isIn(data.join("\n"));
}

type Bag = Readonly<Record<string, unknown>>;

const isBag = (value: unknown): value is Bag => typeof value === "object" && value !== null && !Array.isArray(value);

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch (error) {
        if (error instanceof SyntaxError) return undefined;
        throw error;
    }
}
