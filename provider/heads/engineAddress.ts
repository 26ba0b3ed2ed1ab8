import { parseArgs } from "node:util";

/**
 * The engine's address, among the arguments that it starts a plugin with: `[--logtostderr] [-v=N] [--tracing ENDPOINT] ADDRESS`
 * (pulumi/pulumi sdk/go/common/resource/plugin/plugin.go, `buildPluginArguments`).
 * @param args without the program's own
 * @returns undefined if there is none: engines attach later (`PULUMI_DEBUG_PROVIDERS`)
 */
export function engineAddress(args: readonly string[]): string | undefined {
    const { positionals } = parseArgs({
        args: [...args],
        options: { tracing: { type: "string" } },
        strict: false,
        allowPositionals: true,
    });
    // The last: the value of an option that we do not know comes before it.
    return positionals.at(-1);
}
