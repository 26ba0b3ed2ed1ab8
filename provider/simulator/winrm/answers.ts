import { randomUUID } from "node:crypto";
import { escapeXml } from "../../wsman/escape";
import { ACTIONS, ANONYMOUS, CMD_SHELL, FAULT_ACTION, NS, STATE_DONE, STATE_RUNNING } from "../../wsman/names";
import type { WinrmMessage } from "../winrmFaults";
import type { WsmanFault } from "./wsmanFault";

/** The content of an answer, without the envelope. */
export interface Answer {
    readonly action: string;
    /** XML. */
    readonly body: string;
}

export interface Output {
    readonly stream: "stdout" | "stderr";
    readonly bytes: Buffer;
}

const TRANSFER = "http://schemas.xmlsoap.org/ws/2004/09/transfer";

export const envelope = ({ action, body }: Answer, relatesTo: string): string =>
    `<s:Envelope xml:lang="de-DE" xmlns:s="${NS.soap}" xmlns:a="${NS.addressing}" xmlns:x="${TRANSFER}" xmlns:w="${NS.wsman}" xmlns:rsp="${NS.shell}" xmlns:p="${NS.microsoft}">` +
    `<s:Header><a:Action>${action}</a:Action><a:MessageID>uuid:${randomUUID().toUpperCase()}</a:MessageID><a:To>${ANONYMOUS}</a:To>` +
    `<a:RelatesTo>${escapeXml(relatesTo)}</a:RelatesTo></s:Header><s:Body>${body}</s:Body></s:Envelope>`;

const answer = (operation: WinrmMessage, body: string): Answer => ({ action: `${ACTIONS[operation]}Response`, body });

export interface CreatedShell {
    readonly id: string;
    readonly url: string;
    readonly owner: string;
    readonly idleMs: number;
    readonly inputs: string;
    readonly outputs: string;
}

export const created = ({ id, url, owner, idleMs, inputs, outputs }: CreatedShell): Answer =>
    answer(
        "create",
        `<x:ResourceCreated><a:Address>${escapeXml(url)}</a:Address><a:ReferenceParameters><w:ResourceURI>${CMD_SHELL}</w:ResourceURI>` +
            `<w:SelectorSet><w:Selector Name="ShellId">${id}</w:Selector></w:SelectorSet></a:ReferenceParameters></x:ResourceCreated>` +
            `<rsp:Shell><rsp:ShellId>${id}</rsp:ShellId><rsp:ResourceUri>${CMD_SHELL}</rsp:ResourceUri><rsp:Owner>${escapeXml(owner)}</rsp:Owner>` +
            `<rsp:ClientIP>127.0.0.1</rsp:ClientIP><rsp:IdleTimeOut>PT${(idleMs / 1000).toFixed(3)}S</rsp:IdleTimeOut>` +
            `<rsp:InputStreams>${escapeXml(inputs)}</rsp:InputStreams><rsp:OutputStreams>${escapeXml(outputs)}</rsp:OutputStreams>` +
            `<rsp:ShellRunTime>P0DT0H0M0S</rsp:ShellRunTime><rsp:ShellInactivity>P0DT0H0M0S</rsp:ShellInactivity></rsp:Shell>`,
    );

export const started = (commandId: string): Answer =>
    answer("command", `<rsp:CommandResponse><rsp:CommandId>${commandId}</rsp:CommandId></rsp:CommandResponse>`);

/** @param exit undefined while the process runs or has more output */
export function received(commandId: string, outputs: readonly Output[], exit: number | undefined): Answer {
    const streams = outputs.map(
        ({ stream, bytes }) => `<rsp:Stream Name="${stream}" CommandId="${commandId}">${bytes.toString("base64")}</rsp:Stream>`,
    );
    const ends =
        exit === undefined
            ? []
            : ["stdout", "stderr"].map((name) => `<rsp:Stream Name="${name}" CommandId="${commandId}" End="true"></rsp:Stream>`);
    const state =
        exit === undefined
            ? `<rsp:CommandState CommandId="${commandId}" State="${STATE_RUNNING}"></rsp:CommandState>`
            : `<rsp:CommandState CommandId="${commandId}" State="${STATE_DONE}"><rsp:ExitCode>${exit}</rsp:ExitCode></rsp:CommandState>`;
    return answer("receive", `<rsp:ReceiveResponse>${[...streams, ...ends, state].join("")}</rsp:ReceiveResponse>`);
}

export const sent: Answer = answer("send", "<rsp:SendResponse></rsp:SendResponse>");
export const signalled: Answer = answer("signal", "<rsp:SignalResponse></rsp:SignalResponse>");
export const deleted: Answer = answer("delete", "");

export function faultAnswer({ code, text, providerText }: WsmanFault, machine: string): Answer {
    const provider =
        providerText === undefined
            ? ""
            : `<f:ProviderFault provider="Shell cmd plugin" path="%systemroot%\\system32\\winrscmd.dll">${escapeXml(providerText)}</f:ProviderFault>`;
    return {
        action: FAULT_ACTION,
        body:
            `<s:Fault><s:Code><s:Value>s:Receiver</s:Value><s:Subcode><s:Value>w:InternalError</s:Value></s:Subcode></s:Code>` +
            `<s:Reason><s:Text xml:lang="de-DE">${escapeXml(text)}</s:Text></s:Reason><s:Detail>` +
            `<f:WSManFault xmlns:f="${NS.fault}" Code="${code}" Machine="${escapeXml(machine)}"><f:Message>${escapeXml(text)}${provider}</f:Message>` +
            `</f:WSManFault></s:Detail></s:Fault>`,
    };
}
