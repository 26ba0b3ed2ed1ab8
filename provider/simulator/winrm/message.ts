import { Malformed } from "../../wsman/malformed";
import { ACTIONS, CMD_SHELL, NS } from "../../wsman/names";
import { all, maybe, only, readEnvelope, type SoapElement } from "../../wsman/soap";
import type { WinrmMessage } from "../winrmFaults";

/** A request to the service. */
export interface Message {
    readonly operation: WinrmMessage;
    readonly messageId: string;
    /** Undefined in `create`. */
    readonly shellId: string | undefined;
    readonly timeoutMs: number;
    /** The largest answer that the sender accepts, in bytes. */
    readonly maxEnvelope: number;
    /** Upper-case names. */
    readonly options: ReadonlyMap<string, string>;
    readonly body: SoapElement;
}

const OPERATIONS = new Map<string, WinrmMessage>(Object.entries(ACTIONS).map(([name, action]) => [action, name as WinrmMessage]));
const DURATION = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;
const DEFAULT_TIMEOUT = 60_000;
/** If the sender names none (DSP0226, R13.1). */
const DEFAULT_ENVELOPE = 153_600;

/** @throws Malformed */
export function readMessage(bytes: Buffer): Message {
    const { header, body } = readEnvelope(bytes);
    const action = only(header, NS.addressing, "Action").text;
    const operation = OPERATIONS.get(action);
    if (operation === undefined) throw new Malformed(`the action ${action}`);
    const resource = only(header, NS.wsman, "ResourceURI").text;
    if (resource !== CMD_SHELL) throw new Malformed(`the resource ${resource}`);
    if (only(only(header, NS.addressing, "ReplyTo"), NS.addressing, "Address").text === "")
        throw new Malformed("a message without an address for the reply");
    only(header, NS.addressing, "To");
    const timeout = maybe(header, NS.wsman, "OperationTimeout")?.text;
    const selectors = all(maybe(header, NS.wsman, "SelectorSet"), NS.wsman, "Selector");
    return {
        operation,
        messageId: only(header, NS.addressing, "MessageID").text,
        shellId: selectors.find(({ attributes }) => attributes.get("Name") === "ShellId")?.text,
        timeoutMs: timeout === undefined ? DEFAULT_TIMEOUT : milliseconds(timeout),
        maxEnvelope: Number(maybe(header, NS.wsman, "MaxEnvelopeSize")?.text ?? DEFAULT_ENVELOPE),
        options: new Map(
            all(maybe(header, NS.wsman, "OptionSet"), NS.wsman, "Option").map(({ attributes, text }) => [
                (attributes.get("Name") ?? "").toUpperCase(),
                text,
            ]),
        ),
        body,
    };
}

/** Reads an xs:duration without years and months. @throws Malformed */
export function milliseconds(duration: string): number {
    const parts = DURATION.exec(duration);
    if (parts === null || duration === "P" || duration.endsWith("T")) throw new Malformed(`the duration ${duration}`);
    const [, days = 0, hours = 0, minutes = 0, seconds = 0] = parts;
    return ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60_000 + Math.round(Number(seconds) * 1000);
}

/** Decodes strict base64. @throws Malformed */
export function decoded(base64: string): Buffer {
    const bytes = Buffer.from(base64, "base64");
    if (bytes.toString("base64") !== base64) throw new Malformed("a stream that is not base64");
    return bytes;
}
