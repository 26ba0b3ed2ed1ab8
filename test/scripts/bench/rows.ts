/** A row of a run, as scripts/bench/run.mjs makes it. */
export interface Row {
    readonly scenario: string;
    readonly title: string;
    readonly side: "ours" | "peer" | "floor";
    readonly hosts?: number;
    readonly startupMs?: number;
    readonly phases: Readonly<Record<string, { readonly seconds: number } & Readonly<Record<string, unknown>>>>;
    readonly skipped?: string;
}

const COUNTS = { connections: 0, processes: 0, up: 0, down: 0 };

/** A row of which only the seconds matter. */
export const row = (scenario: string, hosts: number | undefined, seconds: Readonly<Record<string, number>>, startupMs = 330): Row => ({
    scenario,
    title: `title of ${scenario}`,
    side: "ours",
    ...(hosts === undefined ? {} : { hosts, startupMs }),
    phases: Object.fromEntries(
        Object.entries(seconds).map(([phase, each]) => [phase, { seconds: each, cpuSeconds: 1, peakBytes: 1, counts: COUNTS }]),
    ),
});
