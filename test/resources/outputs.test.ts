import { readFileSync } from "node:fs";
import { join } from "node:path";
import { compile, ROOT } from "../compile";

const FOLDER = "provider/resources";
const MISTAKES: readonly (readonly [file: string, from: string, to: string])[] = [
    ["wmiNamespaceSecurity", "observed: observed.parse", "observd: observed.parse"],
    ["wmiNamespaceSecurity", "status: statusByKey(found),", ""],
    ["wmiNamespaceSecurity", "({ registered: registrations }", "({ registerd: registrations }"],
    ["wmiNamespaceSecurity", "({ defined: definitions }", "({ defined: found }"],
    ["unsecAppPolicy", "observed: data ??", "observd: data ??"],
    ["unsecAppPolicy", '?? "denied"', '?? "refused"'],
    ["unsecAppPolicy", "effects: sinkEffects(", "effect: sinkEffects("],
    ["namespaceEvents", "        truncated,\n    };", "        trunkated: truncated,\n    };"],
    ["namespaceEvents", "    event: id,", "    id,"],
];

const textOf = (name: string): string => readFileSync(join(ROOT, FOLDER, `${name}.ts`), "utf8");
const copyOf = (index: number): string => `${FOLDER}/mistake${index}.ts`;

describe("an output that is not as its schema says does not compile", () => {
    let complained: readonly string[];

    beforeAll(() => {
        const copies = MISTAKES.map(([name, from, to], index) => [copyOf(index), textOf(name).replace(from, to)]);
        const whole = [...new Set(MISTAKES.map(([name]) => `${FOLDER}/${name}.ts`))];
        complained = compile([...whole, ...copies.map(([file = ""]) => file)], Object.fromEntries(copies)).map(({ file }) => file);
    });

    test.each(MISTAKES.map(([name, from, to], index) => ({ name, from, to, index })))("$name: $to", ({ name, from, index }) => {
        expect(textOf(name)).toContain(from);
        expect(complained).toContain(copyOf(index));
    });

    test("and the real outputs compile", () => expect(complained.filter((file) => !file.includes("mistake"))).toEqual([]));
});
