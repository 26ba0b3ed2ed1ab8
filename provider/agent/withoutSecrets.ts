import { isBag } from "../core/bag";
import { itemName } from "../core/items/item";
import { UNSEC_APP_ITEM } from "../core/items/registryValue";
import { type Redaction, SHORTEST_IN_NAME } from "../core/redaction";
import { parsedJson } from "../core/text/parsedJson";
import { WMI_EVENT } from "../core/wire/events";
import { AGENT_FAILURES, type HostFailure, isKnownType } from "../core/wire/hostFailure";
import { asciiJson } from "./protocol";

/** The machine's identity contains a secret. We can neither show nor store it, and a changed identity would be wrong. */
export class HoldsSecret extends Error {
    override readonly name = "HoldsSecret";
    readonly remedy =
        "find out who put a password, passphrase or key of this run there, change that secret, and correct MachineGuid (HKLM\\SOFTWARE\\Microsoft\\Cryptography) and the SMBIOS UUID of the host";

    constructor() {
        super("the host's identity holds a secret of this run");
    }
}

/**
 * Fields that can't contain a host's own text: their schema allows only our words, numbers or times, or they must repeat the
 * request, which is checked before an answer is used. `content` is never shown: it is edited, and goes back to the host.
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
        "its data holds a secret of this run (a password, passphrase or key), so it is neither shown nor stored: take it out there, and change that secret",
};

/**
 * A host's answer without the secrets of this process. They are removed from text for people. Data is never changed: a value with a
 * secret counts as unreadable, and a ledger entry with one as garbled.
 * @param value valid by its schema
 * @param asked the request's text: a name from it reveals nothing
 * @throws HoldsSecret
 */
export function withoutSecrets<T>(value: T, redaction: Redaction, asked = ""): T {
    return new Cleaning(redaction, asked).clean(value, "") as T;
}

class Cleaning {
    private strings: ReadonlySet<string> | undefined;

    constructor(
        private readonly redaction: Redaction,
        private readonly request: string,
    ) {}

    /** Every string of the request, in lower case, as JSON: needed only where a name holds a secret. */
    private get asked(): ReadonlySet<string> {
        this.strings ??= new Set(this.request.toLowerCase().match(/"(?:[^"\\]|\\.)*"/g));
        return this.strings;
    }

    clean(value: unknown, field: string): unknown {
        if (typeof value === "string") return this.text(value, field);
        if (Array.isArray(value)) return value.map((one) => this.clean(one, field));
        if (!isBag(value)) return value;
        const { data, item, text, ...rest } = value;
        if (isBag(data)) return holdsSecret(data["value"], this.redaction) ? { ...rest, state: "failed", failure: HIDDEN } : value;
        // For an event of any other kind, outputs show only our own words.
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
        const safe = this.redaction.name(about);
        if (safe === about || name === itemName(UNSEC_APP_ITEM) || this.asked.has(asciiJson(about).toLowerCase())) return name;
        return name.slice(0, name.length - about.length) + safe;
    }

    /**
     * The name and the text of an entry are compared and written back, so they stay unchanged. Names of owners lose their secrets
     * when they are shown.
     */
    private record(item: string, text: string | null): { item: string; text: string | null } {
        const name = this.itemName(item);
        if (text === null) return { item: name, text };
        const entry = parsedJson(text);
        if (!isBag(entry)) return { item: name, text: this.redaction.text(text) };
        const { owners, before, written, writing, to, since } = entry;
        // A note of a move is shown with the other machine's name and identity unchanged.
        const shown = isBag(to) ? [to["host"], to["machine"], since] : [];
        const values = [before, written, writing, ...(Array.isArray(owners) ? owners.map((one) => isBag(one) && one["wants"]) : [])];
        const holds =
            values.some((one) => isBag(one) && holdsSecret(one["value"], this.redaction)) ||
            shown.some((one) => typeof one === "string" && this.redaction.isIn(one, SHORTEST_IN_NAME));
        return { item: name, text: holds ? `an entry that contains a secret of this run: ${this.redaction.text(text)}` : text };
    }
}

/** Registry data of any kind. Strings of one value may be parts of one secret. */
function holdsSecret(data: unknown, redaction: Redaction): boolean {
    if (typeof data === "number") return redaction.isIn(String(data));
    if (typeof data === "string") return redaction.isIn(data);
    return Array.isArray(data) && redaction.isIn(data.join("\n"));
}
