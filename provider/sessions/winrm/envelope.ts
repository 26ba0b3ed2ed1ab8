import { escapeXml } from "../../wsman/escape";
import { ACTIONS, ANONYMOUS, CMD_SHELL, NS, type Operation, TERMINATE } from "../../wsman/names";

/** What each message of a session has beside its body. */
export interface Addressing {
    /** The URL of the listener. */
    readonly to: string;
    /** `uuid:` and a UUID that no other message has. */
    readonly messageId: string;
    /** The same in all messages of one session. */
    readonly sessionId: string;
    /** How long the host may take. It is part of the message. */
    readonly timeoutMs: number;
    /** Undefined before there is a shell. */
    readonly shellId: string | undefined;
}

/** What every host accepts and sends, in bytes (MS-WSMV: MaxEnvelopeSizekb is 150 on the oldest). */
const MAX_ENVELOPE_SIZE = 153_600;

/**
 * Seconds without a message after which the host removes the shell. Nothing else ends it when this process dies, and an account has no more
 * than MaxShellsPerUser of them.
 */
const IDLE_SECONDS = 300;

export const createMessage = (addressing: Addressing): string =>
    message("create", addressing, {
        // Our bytes are ASCII. The code page matters only for stray output of other programs.
        options: { WINRS_NOPROFILE: "TRUE", WINRS_CODEPAGE: "65001" },
        body: `<rsp:Shell><rsp:InputStreams>stdin</rsp:InputStreams><rsp:OutputStreams>stdout stderr</rsp:OutputStreams><rsp:IdleTimeOut>PT${IDLE_SECONDS}S</rsp:IdleTimeOut></rsp:Shell>`,
    });

/** @param command a whole line for cmd.exe. Its input is a pipe: on a console PowerShell would expect a person, and the input would have no end. */
export const commandMessage = (addressing: Addressing, command: string): string =>
    message("command", addressing, {
        options: { WINRS_CONSOLEMODE_STDIN: "FALSE", WINRS_SKIP_CMD_SHELL: "FALSE" },
        body: `<rsp:CommandLine><rsp:Command>${escapeXml(command)}</rsp:Command></rsp:CommandLine>`,
    });

export const sendMessage = (addressing: Addressing, commandId: string, bytes: Buffer, isEnd: boolean): string =>
    message("send", addressing, {
        body: `<rsp:Send><rsp:Stream Name="stdin" CommandId="${escapeXml(commandId)}"${isEnd ? ' End="true"' : ""}>${bytes.toString("base64")}</rsp:Stream></rsp:Send>`,
    });

export const receiveMessage = (addressing: Addressing, commandId: string): string =>
    message("receive", addressing, {
        body: `<rsp:Receive><rsp:DesiredStream CommandId="${escapeXml(commandId)}">stdout stderr</rsp:DesiredStream></rsp:Receive>`,
    });

/** Ends the command, or frees what the host keeps of an ended one (MS-WSMV 3.1.4.14). */
export const signalMessage = (addressing: Addressing, commandId: string): string =>
    message("signal", addressing, {
        body: `<rsp:Signal CommandId="${escapeXml(commandId)}"><rsp:Code>${TERMINATE}</rsp:Code></rsp:Signal>`,
    });

/** Ends the shell and everything in it. */
export const deleteMessage = (addressing: Addressing): string => message("delete", addressing, { body: "" });

interface Content {
    readonly options?: Readonly<Record<string, string>>;
    readonly body: string;
}

const MUST = 's:mustUnderstand="true"';
const MAY = 's:mustUnderstand="false"';

function message(operation: Operation, { to, messageId, sessionId, timeoutMs, shellId }: Addressing, { options, body }: Content): string {
    const selectors =
        shellId === undefined ? "" : `<w:SelectorSet><w:Selector Name="ShellId">${escapeXml(shellId)}</w:Selector></w:SelectorSet>`;
    const optionSet = Object.entries(options ?? {}).map(([name, value]) => `<w:Option Name="${name}">${value}</w:Option>`);
    const header = [
        `<a:To>${escapeXml(to)}</a:To>`,
        `<a:ReplyTo><a:Address ${MUST}>${ANONYMOUS}</a:Address></a:ReplyTo>`,
        `<a:Action ${MUST}>${ACTIONS[operation]}</a:Action>`,
        `<a:MessageID>${messageId}</a:MessageID>`,
        `<w:ResourceURI ${MUST}>${CMD_SHELL}</w:ResourceURI>`,
        `<w:MaxEnvelopeSize ${MUST}>${MAX_ENVELOPE_SIZE}</w:MaxEnvelopeSize>`,
        `<w:OperationTimeout>PT${(timeoutMs / 1000).toFixed(3)}S</w:OperationTimeout>`,
        `<w:Locale xml:lang="en-US" ${MAY}/>`,
        `<p:DataLocale xml:lang="en-US" ${MAY}/>`,
        `<p:SessionId ${MAY}>${sessionId}</p:SessionId>`,
        selectors,
        optionSet.length === 0 ? "" : `<w:OptionSet ${MUST}>${optionSet.join("")}</w:OptionSet>`,
    ].join("");
    const namespaces = `xmlns:s="${NS.soap}" xmlns:a="${NS.addressing}" xmlns:w="${NS.wsman}" xmlns:p="${NS.microsoft}" xmlns:rsp="${NS.shell}"`;
    return `<?xml version="1.0" encoding="utf-8"?><s:Envelope ${namespaces}><s:Header>${header}</s:Header><s:Body>${body}</s:Body></s:Envelope>`;
}
