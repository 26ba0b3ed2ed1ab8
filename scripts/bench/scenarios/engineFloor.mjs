import { pulumiScenario } from "./pulumiScenario.mjs";
import { UP_TO } from "./scenario.mjs";

const NO_HOSTS = () => /** @type {const} */ ({ kind: "windows", count: 0, options: {} });

/** What the CLI takes for as many resources as we have with single hosts, if they do nothing. */
export const engineFloor = pulumiScenario({
    name: "engine-floor",
    title: "engine alone: 2 no-op resources a host",
    side: "floor",
    upTo: UP_TO,
    dependsOn: ["hosts"],
    missing: async () => undefined,
    program: "noop.cjs",
    hosts: NO_HOSTS,
    input: (_connections, { hosts }) => ({ resources: 2 * hosts }),
});

/** What the CLI takes at least: for one resource that does nothing. */
export const cliStart = pulumiScenario({
    name: "cli-start",
    title: "CLI alone: 1 no-op resource",
    side: "floor",
    upTo: Number.POSITIVE_INFINITY,
    dependsOn: [],
    missing: async () => undefined,
    program: "noop.cjs",
    hosts: NO_HOSTS,
    input: () => ({ resources: 1 }),
});
