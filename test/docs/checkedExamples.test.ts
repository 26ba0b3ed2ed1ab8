import * as pulumi from "@pulumi/pulumi";
import ts from "typescript";
import { mergedConnection } from "../../provider/core/connection/merged";
import { checkFleet } from "../../provider/fleet/check";
import { check, describeFailure } from "../../provider/handlers/check";
import type { Properties } from "../../provider/handlers/handler";
import { isFleet, specOf } from "../../provider/resources";
import * as sdk from "../../sdk";
import * as nativeSdk from "../../sdk/native";
import { aroundArguments, ofClasses, ofDocuments, type Program } from "./programs";

interface Declared {
    readonly kind: string;
    readonly inputs: Properties;
}

/** What a program imports. */
const MODULES: Readonly<Record<string, unknown>> = { "pulumi-wmisec": sdk, "pulumi-wmisec/native": nativeSdk, "@pulumi/pulumi": pulumi };

/** What the native head adds before it checks. */
const lent = ({ connection }: Properties): Properties => ({
    owner: "acme/urn",
    connection: mergedConnection({ user: "svc" }, connection as Properties),
});

/** Runs a program, as an engine would get to see it. */
async function resourcesOf({ code }: Program): Promise<readonly Declared[]> {
    const found: Declared[] = [];
    const newResource = ({ type, name, inputs }: pulumi.runtime.MockResourceArgs) => {
        const { __provider: _, ...own } = inputs as Record<string, unknown>;
        if (!type.startsWith("pulumi:providers:"))
            found.push({ kind: type.split(":").at(-1) ?? "", inputs: type.startsWith("wmisec:") ? { ...own, ...lent(own) } : own });
        return { id: name, state: inputs };
    };
    await pulumi.runtime.setMocks({ newResource, call: () => ({}) }, "project", "stack", false, "acme");
    pulumi.runtime.setAllConfig({ "project:host": "web-07.contoso.test", "project:labPassword": "canary", "wmisec:user": "svc" });
    const { outputText } = ts.transpileModule(code, {
        compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    });
    new Function("require", "exports", outputText)((name: string) => MODULES[name], {});
    await pulumi.runtime.disconnect();
    return found;
}

const known = () => false;
const failuresOf = ({ kind, inputs }: Declared): readonly string[] =>
    (isFleet(kind) ? checkFleet(inputs, {}, known) : check(specOf(kind), inputs, known)).failures.map(describeFailure);

const programs = [...ofDocuments, ...ofClasses.filter(({ name }) => name !== "WmisecResource"), ...aroundArguments];

test.each(programs)("what $name declares passes the provider's check", async (program) => {
    const declared = await resourcesOf(program);
    expect(declared.flatMap(failuresOf)).toEqual([]);
    if (program.code.includes("new wmisec.")) expect(declared.length).toBeGreaterThan(0);
});

test("a mistake in an example would be found", async () => {
    const [first] = await resourcesOf({
        name: "mistake",
        code: `import * as wmisec from "pulumi-wmisec";\nnew wmisec.FleetEncryptionPolicy("a", { connection: { user: "svc" }, hosts: { "web-01": { ring: "no such ring" } }, checkAccess: true });\n`,
    });
    expect(first && failuresOf(first)).toEqual([`hosts["web-01"].ring: is not a ring of this fleet`]);
});
