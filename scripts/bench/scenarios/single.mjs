import { NAMESPACES } from "../policy.mjs";
import { named, simulatedHosts, withSecret } from "./connections.mjs";
import { missing } from "./nativePlugin.mjs";
import { pulumiScenario } from "./pulumiScenario.mjs";
import { UP_TO } from "./scenario.mjs";

/**
 * Ours, with resources of single hosts.
 * @param {object} variant
 * @param {string} variant.name @param {string} variant.title
 * @param {import("./connections.mjs").Transport} [variant.transport]
 * @param {"reference" | "inline"} [variant.secret]
 * @param {Record<string, string>} [variant.environment]
 * @param {number} [variant.parallel]
 * @param {import("./pulumiScenario.mjs").Plugin} [variant.plugin] the native head, by this plugin; otherwise the dynamic one
 */
export const single = ({ name, title, transport = "ssh", secret = "reference", environment = {}, parallel = 64, plugin }) =>
    pulumiScenario({
        name,
        title,
        side: "ours",
        upTo: UP_TO,
        dependsOn: ["hosts", "startup"],
        missing: plugin === undefined ? async () => undefined : missing,
        program: "single.cjs",
        hosts: simulatedHosts(transport),
        input: (connections, { login }) => ({
            entry: plugin === undefined ? "pulumi-wmisec" : "pulumi-wmisec/native",
            hosts: named(withSecret(transport, connections, login, secret)),
            namespaces: NAMESPACES,
        }),
        environment,
        parallel,
        plugin,
    });
