import { createRequire } from "node:module";
import { isDeepStrictEqual } from "node:util";
import { NAMESPACES } from "../policy.mjs";
import { named, simulatedHosts, withSecret } from "./connections.mjs";
import { pulumiScenario } from "./pulumiScenario.mjs";

/**
 * Ours, with one resource for all hosts.
 * @param {object} variant
 * @param {string} variant.name @param {string} variant.title
 * @param {import("./connections.mjs").Transport} variant.transport
 */
export const fleet = ({ name, title, transport }) =>
    pulumiScenario({
        name,
        title,
        side: "ours",
        upTo: Number.POSITIVE_INFINITY,
        dependsOn: ["hosts", "startup"],
        missing: async () =>
            "FleetEncryptionPolicy" in createRequire(import.meta.url)("pulumi-wmisec")
                ? undefined
                : "the package has no FleetEncryptionPolicy",
        program: "fleet.cjs",
        hosts: simulatedHosts(transport),
        input: (connections, { login }) => {
            const { shared, own } = apart(withSecret(transport, connections, login, "reference"));
            return { connection: shared, hosts: named(own), namespaces: NAMESPACES };
        },
    });

/**
 * As people write it: what all hosts have in common once, but for the address.
 * @param {readonly import("./connections.mjs").Connection[]} connections
 */
function apart(connections) {
    const [first = {}] = connections;
    const shared = Object.entries(first).filter(
        ([field, value]) => field !== "host" && connections.every((one) => isDeepStrictEqual(Reflect.get(one, field), value)),
    );
    const names = new Set(shared.map(([field]) => field));
    const own = connections.map((one) => Object.fromEntries(Object.entries(one).filter(([field]) => !names.has(field))));
    return { shared: Object.fromEntries(shared), own };
}
