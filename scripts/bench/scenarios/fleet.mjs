import { createRequire } from "node:module";
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
        input: (connections, { login }) => ({
            hosts: named(withSecret(transport, connections, login, "reference")),
            namespaces: NAMESPACES,
        }),
    });
