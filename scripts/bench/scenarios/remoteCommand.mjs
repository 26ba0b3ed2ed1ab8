import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { homeFolder } from "../../cacheFolder.mjs";
import { findProgram, searchPath } from "../../findProgram.mjs";
import { REPOSITORY } from "../../repository.mjs";
import { COMMANDS } from "../powershell.mjs";
import { commandHosts, named, withSecret } from "./connections.mjs";
import { pulumiScenario } from "./pulumiScenario.mjs";
import { UP_TO } from "./scenario.mjs";

const PLUGIN = "pulumi-resource-command";
const { version } = JSON.parse(readFileSync(join(REPOSITORY, "node_modules/@pulumi/command/package.json"), "utf8"));
/** Where `pulumi plugin install` puts it. */
const INSTALLED = join(process.env["PULUMI_HOME"] || join(homeFolder(), ".pulumi"), "plugins", `resource-command-v${version}`);

function pluginFolder() {
    const found = findProgram(PLUGIN, [...searchPath(), INSTALLED]);
    return found && existsSync(found) ? dirname(found) : undefined;
}

/** A `remote.Command` for each setting. It takes a key only as text, which is then a secret in the state. */
export const remoteCommand = pulumiScenario({
    name: "remote-command",
    title: `@pulumi/command ${version}: remote.Command`,
    side: "peer",
    upTo: UP_TO,
    dependsOn: ["hosts", "startup"],
    missing: async () =>
        pluginFolder() === undefined
            ? `${PLUGIN} is neither on the PATH nor installed: pulumi plugin install resource command ${version}`
            : undefined,
    plugin: () => ({ folder: pluginFolder() }),
    program: "remoteCommand.cjs",
    hosts: commandHosts,
    input: (connections, { login }) => ({ hosts: named(withSecret("ssh", connections, login, "inline")), settings: COMMANDS }),
});
