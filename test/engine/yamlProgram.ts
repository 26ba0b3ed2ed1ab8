import { createContext, Script } from "node:vm";

interface Declared {
    readonly type: string;
    /** In YAML a key is no resource's name: two resources of two types may have the same. */
    readonly name: string;
    readonly properties: object;
    readonly options?: object;
}

/**
 * A JavaScript program's resources in YAML: it runs with recorders in place of the classes. For programs in which no output flows.
 * @throws if it does what has no counterpart here
 */
export function inYaml(program: string): Record<string, Declared> {
    const found: Declared[] = [];
    const recorder = (kind: string) =>
        class {
            constructor(name: string, args: object, { aliases, ...others }: { readonly aliases?: object } = {}) {
                if (Object.keys(others).length > 0) throw new Error(`${name} has options that are not written in YAML here`);
                const options = aliases !== undefined && { options: { aliases } };
                found.push({ type: `wmisec:${kind}`, name, properties: escaped(args) as object, ...options });
            }
        };
    const wmisec = new Proxy({}, { get: (_, kind) => recorder(String(kind)) });
    const modules: Readonly<Record<string, object>> = { "pulumi-wmisec/native": wmisec, "@pulumi/pulumi": {} };
    new Script(`(function (require, module) {${program}\n})`).runInContext(createContext({ Object, JSON }))(
        (name: string) => modules[name],
        {},
    );
    return Object.fromEntries(found.map((one, index) => [`r${index}`, one]));
}

/** Pulumi's YAML replaces `${...}` in texts. */
function escaped(value: unknown): unknown {
    if (typeof value === "string") return value.replaceAll("${", "$${");
    if (Array.isArray(value)) return value.map(escaped);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, escaped(inner)]])));
}
