import type { SimulatedHost } from "../../provider/simulator";
import { diagnostics } from "./diagnostics";
import { World } from "./world";

const world = new World();
afterAll(() => world.dispose());

interface Mistaken {
    readonly program: string;
    /** What is wrong in it, and what is said of that. */
    readonly mistakes: readonly (readonly [string, RegExp])[];
}

const namespaces = (map: object) =>
    `new wmisec.WmiNamespaceSecurity("policy", { connection: hosts.web01, namespaces: ${JSON.stringify(map)} });`;
const sinks = (inputs: string) => `new wmisec.UnsecAppPolicy("policy", { ${inputs} });`;
const TRUE = { requiresEncryption: true };

/** A preview says everything that is wrong with a resource, so each of these has as many mistakes as fit into one. */
const programs: readonly (readonly [string, Mistaken])[] = [
    [
        "a map of namespaces",
        {
            program: namespaces({
                "C:\\x": TRUE,
                "\\\\other\\root\\x": TRUE,
                Contoso: TRUE,
                "": TRUE,
                "root/Größe": TRUE,
                'root/"x"': TRUE,
                "root/*": TRUE,
                [`root${"/x".repeat(1000)}`]: TRUE,
                "root/x": { requiresEncryption: "yes" },
                "root/y": true,
            }),
            mistakes: [
                ["a path of a file", /looks like a file path/],
                ["another computer", /names another computer \(other\)/],
                ["no root", /did you mean.*root\/Contoso/],
                ["an empty path", /it is empty/],
                ["non-ASCII", /only ASCII/],
                ["quotes", /quotes/],
                ["wildcards", /wildcards/],
                ["1,000 levels", /at most 255/],
                ["no boolean", /namespaces\["root\/x"\]\.requiresEncryption: must be true or false/],
                ["a bare boolean for a namespace", /namespaces\["root\/y"\]: must be \{ requiresEncryption: true \} or/],
            ],
        },
    ],
    [
        "inputs of a policy",
        {
            program: sinks(`connection: { ...hosts.web01, user: undefined, hostKey: "no", privateKeyFile: "x" }, onDestroy: "leave"`),
            mistakes: [
                ["a misspelt input", /there is no input "onDestroy"/],
                ["a misspelt field of the connection", /there is no input "privateKeyFile" here; did you mean "privateKey"\?/],
                ["no user", /connection\.user: is required/],
                ["a host key that is none", /connection\.hostKey: is neither a public key line/],
                ["no access", /checkAccess: is required/],
            ],
        },
    ],
    ["no connection", { program: sinks("checkAccess: true"), mistakes: [["at all", /connection: is required/]] }],
    [
        "a connection",
        { program: sinks(`connection: "web-07", checkAccess: true`), mistakes: [["that is a name", /connection: must be an object/]] },
    ],
];

describe.each(programs)("wrong input is a clear error before anything is touched: %s", (_title, { program, mistakes }) => {
    let host: SimulatedHost;
    let outputs: readonly string[];

    beforeAll(async () => {
        host = await world.host("web01");
        const project = await world.project();
        project.program([host], program);
        outputs = [await project.fails(["preview"]), await project.fails(["up", "--yes", "--skip-preview"])];
    });

    const problems = () =>
        outputs.map((output) => (diagnostics(output).get("policy") ?? "").split("\n").filter((line) => line.includes("has a problem: ")));

    test.each(mistakes)("%s", (_what, words) => {
        for (const found of problems()) expect(found.filter((line) => words.test(line))).toHaveLength(1);
    });

    test("nothing else is said, and no host is contacted", () => {
        expect(problems().map(({ length }) => length)).toEqual([mistakes.length, mistakes.length]);
        expect(host.counters.connections).toBe(0);
    });
});
