import { z } from "zod";
import { deflated, inflated } from "../core/text/deflated";
import { parsedJson } from "../core/text/parsedJson";

/** What a fleet remembers, as the text in its state. */
export const memoryText = (memory: object): string => deflated(JSON.stringify(memory));

/** What a fleet remembers, not checked; undefined for a text that can't be read. */
export const uncheckedMemory = (text: unknown): unknown => parsedJson(inflated(String(text)) ?? "");

const bag = z.looseObject({});

/** As far as a head looks at it; a fleet's handler checks the rest. */
const memory = z.looseObject({ inputs: bag, members: z.array(z.looseObject({ inputs: bag.optional(), more: bag.optional() })) });

/** What a fleet remembers, from the text in its state; undefined if that can't be read. */
export const checkedMemory = (text: unknown): z.infer<typeof memory> | undefined => memory.safeParse(uncheckedMemory(text)).data;
