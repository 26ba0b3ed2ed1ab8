import { z } from "zod";
import { MAX_SINCE, MIN_SINCE } from "../core/wire/events";

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** @returns undefined unless the text is a number of minutes, hours or days. */
function parsed(text: string): number | undefined {
    const [, number, unit] = /^(\d{1,6})([mhd])$/.exec(text) ?? [];
    return number === undefined || unit === undefined ? undefined : Number(number) * UNITS[unit as keyof typeof UNITS];
}

/** How far back to read: a number of minutes, hours or days, such as `30m`, `24h`, `7d`; from 1 minute to 31 days. */
export const since = z
    .string({ error: 'must be text, as in "30m", "24h" or "7d"' })
    .refine((text) => parsed(text) !== undefined, {
        error: 'must be a number of minutes, hours or days, as in "30m", "24h" or "7d"',
        abort: true,
    })
    .refine((text) => isWithin(parsed(text)), { error: "must be from 1 minute to 31 days" })
    .meta({ description: "How far back, by the host's own clock: a number of minutes, hours or days, from 1 minute to 31 days." });

export const evidenceInput = z
    .strictObject(
        { since },
        { error: ({ code }) => (code === "unrecognized_keys" ? undefined : 'must be an object such as { since: "24h" }') },
    )
    .meta({ id: "EvidenceArgs", description: "What to read from a host's event log." });
export type EvidenceInput = z.infer<typeof evidenceInput>;

const isWithin = (milliseconds = 0): boolean => milliseconds >= MIN_SINCE && milliseconds <= MAX_SINCE;

/**
 * In milliseconds.
 * @throws TypeError for text that `since` refuses: that is a bug, not a user's mistake.
 */
export function sinceMs(text: string): number {
    const milliseconds = parsed(text);
    if (milliseconds === undefined) throw new TypeError(`${JSON.stringify(text)} is not a period`);
    return milliseconds;
}
