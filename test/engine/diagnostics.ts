/** The CLI's heads: `  TYPE (NAME):`, each over what was said of one resource. */
const HEAD = /^ {2}(?:pulumi|wmisec)\S* \(([^)]*)\):$/m;

/** What the end of a run's output says of each resource, by the resource's name. */
export function diagnostics(output: string): ReadonlyMap<string, string> {
    const [, all = ""] = output.split(/^Diagnostics:$/m);
    const [, ...parts] = all.split(HEAD);
    return new Map(parts.flatMap((name, at) => (at % 2 === 0 ? [[name, parts[at + 1] ?? ""] as const] : [])));
}
