import { Malformed } from "../../wsman/malformed";
import { CMD_SHELL, NS, STATE_DONE } from "../../wsman/names";
import { all, type Envelope, maybe, only, type SoapElement } from "../../wsman/soap";
import { type Fault, readFault } from "./faults";

const TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer";

/** An identifier of a shell or a command. Hosts use GUIDs. */
const IDENTIFIER = /^[A-Za-z0-9._:{}-]{1,128}$/;

/** An exit code of Windows has 32 bits, signed or unsigned. */
const EXIT_CODE = /^-?\d{1,10}$/;

export interface Received {
    readonly output: Buffer;
    readonly errorOutput: Buffer;
    /** Undefined while the command runs. */
    readonly done: { readonly exitCode: string | undefined } | undefined;
}

/**
 * Reads the answer to our message.
 * @returns the body, or the fault in it
 * @throws Malformed for the answer to another message
 */
export function answerTo(messageId: string, { header, body }: Envelope): SoapElement | Fault {
    const fault = readFault(body);
    const relatesTo = maybe(header, NS.addressing, "RelatesTo")?.text.trim();
    // A host that could not read our message can't name it in its fault.
    if (relatesTo?.toLowerCase() !== messageId.toLowerCase() && (fault === undefined || relatesTo !== undefined))
        throw new Malformed("the answer to another message than ours");
    return fault ?? body;
}

/** @throws Malformed */
export function shellIdOf(body: SoapElement): string {
    const created = maybe(body, TRANSFER, "ResourceCreated");
    const reference = only(created, NS.addressing, "ReferenceParameters");
    if (only(reference, NS.wsman, "ResourceURI").text.trim() !== CMD_SHELL) throw new Malformed("another kind of shell");
    const selectors = all(only(reference, NS.wsman, "SelectorSet"), NS.wsman, "Selector");
    return identifier(selectors.find(({ attributes }) => attributes.get("Name") === "ShellId")?.text);
}

/** @throws Malformed */
export const commandIdOf = (body: SoapElement): string =>
    identifier(only(only(body, NS.shell, "CommandResponse"), NS.shell, "CommandId").text);

/** @throws Malformed */
export function receivedOf(body: SoapElement, commandId: string): Received {
    const response = only(body, NS.shell, "ReceiveResponse");
    const isOurs = ({ attributes }: SoapElement) => attributes.get("CommandId")?.toLowerCase() === commandId.toLowerCase();
    const streams = all(response, NS.shell, "Stream");
    const state = maybe(response, NS.shell, "CommandState");
    if (!streams.every(isOurs) || (state !== undefined && !isOurs(state))) throw new Malformed("output of another command than ours");
    const bytesOf = (name: string) =>
        Buffer.concat(streams.filter(({ attributes }) => attributes.get("Name") === name).map(({ text }) => decoded(text)));
    const exitCode = maybe(state, NS.shell, "ExitCode")?.text.trim();
    if (exitCode !== undefined && !EXIT_CODE.test(exitCode)) throw new Malformed("an exit code that is no number");
    const isDone = state?.attributes.get("State") === STATE_DONE;
    return { output: bytesOf("stdout"), errorOutput: bytesOf("stderr"), done: isDone ? { exitCode } : undefined };
}

function identifier(text: string | undefined): string {
    const told = text?.trim() ?? "";
    if (!IDENTIFIER.test(told)) throw new Malformed("no identifier where one should be");
    return told;
}

function decoded(text: string): Buffer {
    const base64 = text.replace(/\s+/g, "");
    if (base64.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(base64)) throw new Malformed("output that is not base64");
    return Buffer.from(base64, "base64");
}
