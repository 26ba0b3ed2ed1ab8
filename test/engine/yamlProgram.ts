import { createContext, Script } from "node:vm";

interface Declared {
    readonly type: string;
    /** In YAML a key is no resource's name: two resources of two types may have the same. */
    readonly name: string;
    readonly properties: object;
    readonly options?: object;
}

interface YamlProgram {
    readonly resources: Readonly<Record<string, Declared>>;
    readonly outputs: object;
}

const EXPRESSION = Symbol("an expression of Pulumi's YAML");

/** `resource.output`, and what is in it: each property is an expression again. */
const reference = (expression: string): object =>
    new Proxy(
        { [EXPRESSION]: expression },
        {
            get: (target, key) => {
                if (typeof key === "symbol") return Reflect.get(target, key);
                return reference(/^\w+$/.test(key) ? `${expression}.${key}` : `${expression}[${JSON.stringify(key)}]`);
            },
        },
    );

/**
 * A JavaScript program's resources and stack outputs in YAML: it runs with recorders in place of the classes. For programs that do nothing with
 * outputs but pass them and their properties on.
 * @throws if it does what has no counterpart here
 */
export function inYaml(program: string): YamlProgram {
    const found: Declared[] = [];
    /** For `new`: the resource stands for its outputs. */
    const recorder = (kind: string) =>
        function record(name: string, args: object, options?: object): object {
            const properties = escaped(args) as object;
            found.push({
                type: `wmisec:${kind}`,
                name,
                properties,
                ...(options !== undefined && { options: escaped(options) as object }),
            });
            return reference(`r${found.length - 1}`);
        };
    const wmisec = new Proxy({}, { get: (_, kind) => recorder(String(kind)) });
    const modules: Readonly<Record<string, object>> = { "pulumi-wmisec/native": wmisec, "@pulumi/pulumi": {} };
    const module = { exports: {} };
    new Script(`(function (require, module, exports) {${program}\n})`).runInContext(createContext({ Object, JSON }))(
        (name: string) => modules[name],
        module,
        module.exports,
    );
    return { resources: Object.fromEntries(found.map((one, index) => [`r${index}`, one])), outputs: escaped(module.exports) as object };
}

/** Pulumi's YAML replaces `${...}` in texts. */
function escaped(value: unknown): unknown {
    if (typeof value === "object" && value !== null && EXPRESSION in value) return `\${${value[EXPRESSION]}}`;
    if (typeof value === "string") return value.replaceAll("${", "$${");
    if (typeof value === "function") throw new Error("a function can't be written in YAML");
    if (Array.isArray(value)) return value.map(escaped);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).flatMap(([key, inner]) => (inner === undefined ? [] : [[key, escaped(inner)]])));
}
