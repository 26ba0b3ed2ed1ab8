import { z } from "zod";
import { MAX_LEDGER_READ, MAX_LEDGER_TEXT } from "../limits";
import { definitionQuestion } from "./definition";
import type { HostFailure } from "./hostFailure";
import { namespaceQuestion } from "./namespaceFlag";
import type { Question } from "./question";
import { registrationQuestion } from "./registration";
import { valueQuestion } from "./registryValue";

/** Everything that a host can be asked about, by its list in an observation. */
export const QUESTIONS = {
    namespaces: namespaceQuestion,
    values: valueQuestion,
    registrations: registrationQuestion,
    definitions: definitionQuestion,
} as const;
export type List = keyof typeof QUESTIONS;
export const LISTS = Object.keys(QUESTIONS) as readonly List[];

type Asked = { readonly [L in List]: z.ZodArray<(typeof QUESTIONS)[L]["asked"]> };
type Answers = { readonly [L in List]: z.ZodArray<(typeof QUESTIONS)[L]["answer"]> };
type OfLists = { readonly [L in List]: unknown };

/** An object with one value per list, in their order. */
export const byList = <T extends OfLists>(make: (list: List) => T[List]): T =>
    Object.fromEntries(LISTS.map((list) => [list, make(list)])) as unknown as T;

/** A list's question, whichever list it is. */
export const questionOf = (list: List): Question<unknown, object, object> => QUESTIONS[list] as Question<unknown, object, object>;

/** One value below the ledger's key; `text` is null if the value is not a REG_SZ. */
export const ledgerRecord = z.strictObject({ item: z.string().max(16383), text: z.string().max(MAX_LEDGER_TEXT).nullable() });
export type LedgerRecord = z.infer<typeof ledgerRecord>;

/** What to observe. The ledger is always included as a whole: it has one small entry per item. */
export const observeRequest = z.strictObject(
    byList<Asked>((list) => z.array(questionOf(list).asked).max(questionOf(list).max) as Asked[List]),
);
export type ObserveRequest = z.infer<typeof observeRequest>;

/** Observes only the ledger. */
export const LEDGER_ONLY: ObserveRequest = byList(() => []);

/** What a host has: one answer for each thing asked, in the same order. */
export const observation = z.strictObject({
    ...byList<Answers>((list) => z.array(questionOf(list).answer).max(questionOf(list).max) as Answers[List]),
    ledger: z.array(ledgerRecord).max(MAX_LEDGER_READ),
});
export type Observation = z.infer<typeof observation>;
/** An observation without the ledger. */
export type Readings = Omit<Observation, "ledger">;

/** The answer for something that could not be read. */
export const failedReading = <L extends List>(list: L, asked: ObserveRequest[L][number], failure: HostFailure): Readings[L][number] =>
    ({ ...questionOf(list).subject(asked), state: "failed", failure }) as Readings[L][number];
