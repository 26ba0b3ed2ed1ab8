import { readdirSync, readFileSync } from "node:fs";
import { join, resolve, sep } from "node:path";
import { breaches, circles, PARTS, partOf } from "./sourceRules";

const ROOT = resolve(__dirname, "../..");
const FILES = ["provider", "sdk"].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((path) => path.endsWith(".ts"))
        .map((path) => [folder, ...path.split(sep)].join("/")),
);

test("the sources keep the rules", () => {
    expect(FILES.length).toBeGreaterThan(20);
    expect(FILES.flatMap((file) => breaches(file, readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
});

test("nothing is imported in a circle, types included", () => {
    expect(circles(new Map(FILES.map((file) => [file, readFileSync(join(ROOT, file), "utf8")])))).toEqual([]);
});

/** [what, the files, the circle]; each is seen to be found. */
test.each([
    [
        "two files",
        { "sdk/a.ts": `import { b } from "./b";`, "sdk/b.ts": `export * from "./a";`, "sdk/c.ts": `import "./a";` },
        "sdk/a.ts, sdk/b.ts",
    ],
    [
        "three, one of them by a type alone",
        { "sdk/a.ts": `import "./b";`, "sdk/b.ts": `let x: import("./c/index").C;`, "sdk/c/index.ts": `import type { A } from "../a";` },
        "sdk/a.ts, sdk/b.ts, sdk/c/index.ts",
    ],
    ["a folder by its index", { "sdk/a/index.ts": `import "../b";`, "sdk/b.ts": `import { a } from "./a";` }, "sdk/a/index.ts, sdk/b.ts"],
    [
        "two rooms, and no two files",
        {
            "provider/core/items/a.ts": `import "../ledger/b";`,
            "provider/core/ledger/b.ts": "",
            "provider/core/ledger/c.ts": `import type { D } from "../items/d";`,
            "provider/core/items/d.ts": "",
        },
        "provider/core/items, provider/core/ledger",
    ],
])("a circle found: %s", (_what, files, circle) => {
    expect(circles(new Map(Object.entries(files)))).toEqual([circle]);
});

test("the table of parts goes one way", () => {
    const order = Object.keys(PARTS);
    for (const [part, { parts }] of Object.entries(PARTS)) {
        const before = order.slice(0, order.indexOf(part));
        expect(parts.filter((imported) => !before.includes(imported)).map((imported) => `${part} imports ${imported}`)).toEqual([]);
    }
});

test("each part in the table has sources", () => {
    expect(Object.keys(PARTS).filter((part) => !FILES.some((file) => partOf(file) === part))).toEqual([]);
});

/** [what is wrong, file, line, what is said]; each is seen to be found. */
test.each([
    [
        "a part that comes later",
        "provider/core/errors.ts",
        `import { pool } from "../sessions/pool";`,
        "provider/core imports provider/sessions",
    ],
    [
        "a type of a later part",
        "provider/core/errors.ts",
        `import type { Session } from "../sessions/session";`,
        "provider/core imports provider/sessions",
    ],
    [
        "the simulator in the product",
        "provider/heads/dynamic.ts",
        `import { host } from "../simulator";`,
        "provider/heads imports provider/simulator",
    ],
    ["an export from", "provider/agent/client.ts", `export * from "../hosts/windowsHost";`, "provider/agent imports provider/hosts"],
    ["require", "provider/core/errors.ts", `const x = require("../model/verbs");`, "provider/core imports provider/model"],
    ["import()", "provider/core/errors.ts", `const x = await import("../model/verbs");`, "provider/core imports provider/model"],
    ["an import type", "provider/core/errors.ts", `let x: import("../model/verbs").Verbs;`, "provider/core imports provider/model"],
    ["the root's index", "provider/handlers/handler.ts", `import { handler } from "../index";`, "provider/handlers imports provider/index"],
    [
        "a folder that nobody knows",
        "provider/utils/misc.ts",
        `import "zod";`,
        "provider/utils is not in the table of parts (test/structure/sourceRules.ts)",
    ],
    [
        "Pulumi outside heads and sdk",
        "provider/resources/index.ts",
        `import * as pulumi from "@pulumi/pulumi";`,
        "provider/resources imports @pulumi/pulumi",
    ],
    [
        "Pulumi in what every head shares",
        "provider/plugin/plugin.ts",
        `import type { dynamic } from "@pulumi/pulumi";`,
        "provider/plugin imports @pulumi/pulumi",
    ],
    [
        "a head in what every head shares",
        "provider/plugin/plugin.ts",
        `import type { EngineLog } from "../heads/engineLog";`,
        "provider/plugin imports provider/heads",
    ],
    [
        "a host behind the plugin's back",
        "provider/heads/dynamic.ts",
        `import { connectHosts } from "../connect";`,
        "provider/heads imports provider/connect",
    ],
    ["a module of Pulumi", "provider/core/errors.ts", `import { log } from "@pulumi/pulumi/log";`, "provider/core imports @pulumi/pulumi"],
    ["ssh2 outside sessions and simulator", "provider/hosts/agentHost.ts", `import { Client } from "ssh2";`, "provider/hosts imports ssh2"],
    ["a package that is not a dependency", "provider/sessions/pool.ts", `import _ from "lodash";`, "provider/sessions imports lodash"],
    [
        "MD4 outside NTLM",
        "provider/sessions/winrm/login.ts",
        `import { md4 } from "../../wsman/ntlm/md4";`,
        "provider/sessions/winrm/login.ts imports provider/wsman/ntlm/md4",
    ],
    [
        "koffi outside GSS-API",
        "provider/sessions/winrm/tls.ts",
        `const koffi = require("koffi");`,
        "provider/sessions/winrm/tls.ts imports koffi",
    ],
    [
        "RC4 outside NTLM",
        "provider/wsman/framing.ts",
        `import { Rc4 } from "./ntlm/rc4";`,
        "provider/wsman/framing.ts imports provider/wsman/ntlm/rc4",
    ],
    [
        "input and output in a pure part",
        "provider/core/errors.ts",
        `import { readFileSync } from "node:fs";`,
        "provider/core imports node:fs",
    ],
    ["the same by its old name", "provider/model/verbs.ts", `import { connect } from "net";`, "provider/model imports node:net"],
    ["process.env", "provider/sessions/pool.ts", "const x = process.env.HOME;", "reads the environment outside provider/connect.ts"],
    ["process[env]", "provider/sessions/pool.ts", `const x = process["env"];`, "reads the environment outside provider/connect.ts"],
    [
        "env taken out of process",
        "provider/sessions/pool.ts",
        "const { env } = process;",
        "reads the environment outside provider/connect.ts",
    ],
    [
        "node:process",
        "provider/sessions/pool.ts",
        `import { env } from "node:process";`,
        "reads the environment outside provider/connect.ts",
    ],
    ["process.env in the sdk", "sdk/index.ts", "const x = process.env.HOME;", "reads the environment outside provider/connect.ts"],
    [
        "an error that is rebuilt",
        "provider/sessions/retry.ts",
        "throw new WmisecError(error.code, more, { ...error.details });",
        "rebuilds an error field by field instead of error.with()",
    ],
    ["any", "provider/core/errors.ts", "let x: any;", "the type any"],
    ["as any", "sdk/index.ts", "const x = [] as any;", "the type any"],
    ["any inside a type", "sdk/index.ts", "type X = Record<string, any>;", "the type any"],
    ["@ts-ignore", "provider/core/errors.ts", "// @ts-ignore", "silences the compiler or the linter"],
    ["@ts-expect-error", "provider/core/errors.ts", "/* @ts-expect-error */", "silences the compiler or the linter"],
    ["biome-ignore", "provider/core/errors.ts", "// biome-ignore lint/suspicious/noExplicitAny: no", "silences the compiler or the linter"],
    ["an empty catch", "provider/core/errors.ts", "try { x(); } catch {}", "swallows an error without a word why"],
    ["an empty catch with a name", "provider/core/errors.ts", "try { x(); } catch (error) {}", "swallows an error without a word why"],
    [
        "an empty .catch() in a block with a comment elsewhere",
        "provider/sessions/pool.ts",
        "if (x) { y().catch(() => {}); /* done */ }",
        "swallows an error without a word why",
    ],
    ["an empty .catch()", "provider/sessions/pool.ts", "x().catch(() => {});", "swallows an error without a word why"],
    [
        "a .catch() that gives undefined",
        "provider/sessions/pool.ts",
        "await x().catch(() => undefined);",
        "swallows an error without a word why",
    ],
])("found: %s", (_what, file, line, said) => {
    expect(breaches(file, `\n${line}\n`)).toEqual([`${file}:2: ${said}`]);
});

test.each([
    ["a part that comes before", "provider/connect.ts", `import type { Session } from "./sessions/session";`],
    ["its own part", "provider/core/errors.ts", `import { x } from "./namespacePath";`],
    ["the environment in connect", "provider/connect.ts", "const x = process.env.HOME;"],
    ["any as a word", "provider/core/errors.ts", `const any = AbortSignal.any([]); // any`],
    ["another thing's env", "provider/sessions/secrets.ts", "const x = secret.env;"],
    ["a catch that says why it does nothing", "provider/core/errors.ts", "try { x(); } catch { /* gone already */ }"],
    ["a .catch() that says why", "provider/sessions/pool.ts", "// Whoever awaits it gets the error.\nx().catch(() => undefined);"],
    [
        "a .catch() in a loop that says why",
        "provider/sessions/pool.ts",
        "// Whoever awaits it gets the error.\nfor (const x of y) x.catch(() => undefined);",
    ],
    ["a catch that acts", "provider/core/errors.ts", "try { x(); } catch (error) { throw y(error); }"],
])("allowed: %s", (_what, file, line) => {
    expect(breaches(file, line)).toEqual([]);
});
