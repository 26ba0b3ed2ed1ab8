import { z } from "zod";
import { parsedJson } from "../core/text/parsedJson";

const bag = z.looseObject({});

/** As far as a head looks at it; a fleet's handler checks the rest. */
const memory = z.looseObject({ inputs: bag, members: z.array(z.looseObject({ inputs: bag.optional(), more: bag.optional() })) });

/** What a fleet remembers, from the text in its state; undefined if that can't be read. */
export const memoryIn = (text: unknown): z.infer<typeof memory> | undefined => memory.safeParse(parsedJson(String(text))).data;
