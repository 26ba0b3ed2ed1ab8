import { z } from "zod";
import { definitionFile } from "../core/definitionFile";
import type { Shown } from "./resource";

/**
 * Text that replaces an input after a read found a difference. The values of two inputs have another shape than what a read finds,
 * so their text says both: what was found, and for which item. `check` accepts such text, because `ignoreChanges` copies it into inputs.
 */

const REGISTRATIONS = /^(TRUE|FALSE|missing|incomplete|denied) for [\x20-\x7e]+$/;

/** `autorecover`: true, false, or what was found, as in `missing for root/contoso; FALSE for root/cimv2`. */
export const autorecoverInput = z.union(
    [
        z.boolean(),
        z.string().refine((text) => text.split("; ").every((part) => REGISTRATIONS.test(part)), { error: "must be true or false" }),
    ],
    { error: "must be true or false" },
);

/** @param found the registrations that are not as declared, each with the namespace's key */
export function registrationsText(found: readonly { readonly key: string; readonly live: Shown }[]): string {
    const keys = new Map<string, string[]>();
    for (const { key, live } of found) keys.set(word(live), [...(keys.get(word(live)) ?? []), key]);
    return [...keys].map(([what, of]) => `${what} for ${of.join(", ")}`).join("; ");
}

const DEFINITION = /^(.+\.mof): (TRUE|FALSE|absent|missing|denied|unreadable)$/i;

/** `definitionMof`: a path, or what was found there, as in `C:\Contoso\contoso.mof: FALSE`. */
export const definitionInput = z.string().check((context) => {
    const problems = definitionFile.safeParse(fileIn(context.value)).error?.issues ?? [];
    for (const { message } of problems) context.issues.push({ code: "custom", message, input: context.value });
});

/** The path, from either form of the input. */
export const fileIn = (input: string): string => DEFINITION.exec(input)?.[1] ?? input;

export const isFoundText = (input: string): boolean => DEFINITION.test(input);

export const definitionText = (file: string, live: Shown): string => `${file}: ${live === "absent" ? live : word(live)}`;

function word(live: Shown): string {
    if (typeof live === "boolean") return String(live).toUpperCase();
    return live === "absent" || typeof live === "object" ? "missing" : live;
}
