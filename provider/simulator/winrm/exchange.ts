import type { FaultTable } from "../../model/faultTable";
import { sleep } from "../agentSurroundings";
import type { SimulatorFaults } from "../faults";
import type { HttpAnswer, OfMessage } from "../winrmFaults";
import { envelope, faultAnswer } from "./answers";
import type { Message } from "./message";
import type { Sender, WinrmService } from "./service";
import { ofAnother, tooLong, WRONG_XML } from "./wrongAnswers";
import { WsmanFault } from "./wsmanFault";

/** What a message gets: an answer, an answer that breaks off, or none, with or without the connection. */
export type Reply =
    | { readonly as: "soap"; readonly status: number; readonly body: Buffer; readonly breaksOff: boolean }
    | { readonly as: "http"; readonly answer: HttpAnswer }
    | { readonly as: "lost" }
    | { readonly as: "cut" };

export interface ExchangeOptions {
    readonly machine: string;
    readonly faults: FaultTable<SimulatorFaults>;
    readonly service: WinrmService;
    /** Fires when the host is switched off. */
    readonly signal: AbortSignal;
}

/** @throws Malformed if the service can't read the message */
export async function exchange(message: Message, sender: Sender, options: ExchangeOptions): Promise<Reply> {
    const { faults, signal } = options;
    const here = (detail: OfMessage) => detail.message === undefined || detail.message === message.operation;
    const cut = faults.bite("messageCut", here);
    if (cut?.when === "before") return { as: "cut" };
    const lost = faults.bite("messageLost", here);
    if (lost?.when === "before") return { as: "lost" };
    const http = faults.bite("httpAnswer", here);
    if (http !== undefined) return { as: "http", answer: http };
    const { status, xml } = await said(message, sender, options, here);
    const late = faults.bite("messageLate", here);
    if (late !== undefined) await sleep(late.ms, signal);
    if (lost !== undefined) return { as: "lost" };
    if (cut?.when === "after") return { as: "cut" };
    const wrong = faults.bite("answerWrongXml", here);
    const aside = faults.bite("relatesToAnother", here) === undefined ? xml : ofAnother(xml);
    const long = faults.bite("answerTooLong", here) === undefined ? aside : tooLong(aside);
    const body = Buffer.from(wrong === undefined ? long : WRONG_XML[wrong.how](long));
    return { as: "soap", status, body, breaksOff: cut !== undefined };
}

async function said(
    message: Message,
    sender: Sender,
    { faults, machine, service }: ExchangeOptions,
    here: (detail: OfMessage) => boolean,
): Promise<{ readonly status: number; readonly xml: string }> {
    try {
        const fault = faults.bite("wsmanFault", here);
        if (fault?.half === true) await service.carryOut(message, sender, true);
        if (fault !== undefined) throw new WsmanFault(fault.code, fault.text, fault.providerText);
        return { status: 200, xml: envelope(await service.carryOut(message, sender), message.messageId) };
    } catch (error) {
        if (!(error instanceof WsmanFault)) throw error;
        return { status: 500, xml: envelope(faultAnswer(error, machine), message.messageId) };
    }
}
