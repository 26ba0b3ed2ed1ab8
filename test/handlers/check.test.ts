import { check, describeFailure } from "../../provider/handlers/check";
import { specOf } from "../../provider/resources";

const UNKNOWN = "unknown to this preview";
const LEAST = { connection: { host: "a", user: "me" }, owner: "o", namespaces: {} };
const checked = (inputs: object) => check(specOf("WmiNamespaceSecurity"), { ...LEAST, ...inputs }, (value) => value === UNKNOWN);
const problems = (inputs: object) => checked(inputs).failures.map(describeFailure);
const TRUE = { requiresEncryption: true };
const LONG = `root/${"x".repeat(200)}`;
const withFile = (definitionMof: unknown) => ({ ...TRUE, definitionMof });

test.each([
    ["nothing declared", {}],
    ["evidence", { evidence: { since: "24h" } }],
    ["evidence that is unknown", { evidence: UNKNOWN }],
    ["evidence of an unknown time", { evidence: { since: UNKNOWN } }],
    ["one", { namespaces: { "root/cimv2": TRUE } }],
    ["what a read found", { namespaces: { "root/cimv2": { requiresEncryption: "missing" } } }],
    ["what a read found of a registration", { autorecover: "missing for root/cimv2, ROOT\\x; FALSE for root/y" }],
    ["what a read found of a definition", { namespaces: { "root/cimv2": { ...TRUE, definitionMof: "C:\\x.mof: missing" } } }],
    ["an unknown file", { namespaces: { "root/cimv2": { ...TRUE, definitionMof: UNKNOWN } } }],
    ["unknown whether to register", { autorecover: UNKNOWN, namespaces: { "root/cimv2": TRUE } }],
    ["a long path that is registered", { autorecover: true, namespaces: { [LONG]: TRUE } }],
    ["an unknown map", { namespaces: UNKNOWN }],
    ["an unknown entry", { namespaces: { "root/cimv2": UNKNOWN } }],
    ["an unknown flag", { namespaces: { "root/cimv2": { requiresEncryption: UNKNOWN } } }],
    ["an unknown connection", { connection: UNKNOWN }],
    ["an unknown port", { connection: { host: "a", user: "me", port: UNKNOWN } }],
    ["an unknown host key among several", { connection: { host: "a", user: "me", hostKey: [UNKNOWN] } }],
    ["an unknown variable's name", { connection: { host: "a", user: "me", password: { env: UNKNOWN } } }],
])("accepted: %s", (_title, inputs) => {
    expect(problems(inputs)).toEqual([]);
});

test.each([
    [
        "a bad path with an unknown flag",
        { namespaces: { "C:\\x": { requiresEncryption: UNKNOWN } } },
        [/^namespaces\["C:\\x"\]: .*a file path/],
    ],
    [
        "a misspelt field beside an unknown one",
        { namespaces: { "root/x": { requiresEncryption: UNKNOWN, whenmissing: "skip" } } },
        [/there is no input "whenmissing" here/],
    ],
    ["a misspelt field of a namespace", { namespaces: { "root/x": { ...TRUE, whenMising: "skip" } } }, [/did you mean "whenMissing"\?$/]],
    [
        "a misspelt field of a connection",
        { connection: { host: "a", user: "me", pasword: "x" } },
        [/^connection: .*did you mean "password"\?$/],
    ],
    [
        "a misspelt field of a proxy",
        { connection: { host: "a", user: "me", proxy: { hots: "b", user: "me" } } },
        [/^connection\.proxy\.host: is required$/, /did you mean "host"\?$/],
    ],
    [
        "no host and no user",
        { connection: {} },
        [/^connection\.host: is required: .*pulumi config set wmisec:host VALUE$/, /^connection\.user: is required: .*wmisec:user VALUE$/],
    ],
    ["two at once", { namespaces: { Contoso: TRUE }, onDelete: "keep" }, [/^onDelete: /, /did you mean/]],
    [
        "a name with a character that can't be seen",
        { owner: "org/urn::web-07\u200b" },
        [/^owner: the resource's name has an invisible character/],
    ],
    [
        "too many namespaces",
        { namespaces: Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`root/n${index}`, TRUE])) },
        [/^namespaces: has 1001 namespaces: one resource can have 1000/],
    ],
    ["another word for autorecover", { autorecover: "yes" }, [/^autorecover: must be true or false$/]],
    ["another compiler", { compiler: "csc" }, [/^compiler: .*mofcomp/]],
    [
        "one file for two namespaces, case aside",
        { namespaces: { "root/a": withFile("C:\\X\\a.mof"), "root/b": withFile("c:\\x\\A.MOF") } },
        [/^namespaces\["root\/b"\]\.definitionMof: is also the file of "root\/a".*Split the file, or declare it for one of them/],
    ],
    [
        "one file for two namespaces, one as a read found it",
        { namespaces: { "root/a": withFile("C:\\x.mof"), "root/b": withFile("C:\\x.mof: FALSE") } },
        [/definitionMof: is also the file of "root\/a"/],
    ],
    [
        "a file on a share",
        { namespaces: { "root/a": withFile("\\\\server\\x.mof") } },
        [/^namespaces\["root\/a"\]\.definitionMof: is a network path/],
    ],
    ["no path", { namespaces: { "root/a": withFile(7) } }, [/definitionMof: /]],
    [
        "too many files",
        { namespaces: Object.fromEntries(Array.from({ length: 5 }, (_, n) => [`root/n${n}`, withFile(`C:\\${n}.mof`)])) },
        [/^namespaces\["root\/n4"\].definitionMof: is one file too many: one resource can have 4/],
    ],
    [
        "a host key of another type",
        { connection: { host: "a", user: "me", hostKey: 7 } },
        [/^connection\.hostKey: must be a public key line/],
    ],
    [
        "a password of another type",
        { connection: { host: "a", user: "me", password: 7 } },
        [/^connection\.password: must be the secret itself, or \{ env/],
    ],
    [
        "a jump host without a user",
        { connection: { host: "a", user: "me", proxy: { host: "b" } } },
        [/^connection\.proxy\.user: is required/],
    ],
    [
        "a time that is none",
        { evidence: { since: "yesterday" } },
        [/^evidence\.since: must be a number of minutes, hours or days, as in "30m"/],
    ],
    ["a time that is too long", { evidence: { since: "32d" } }, [/^evidence\.since: must be from 1 minute to 31 days$/]],
    ["evidence without a time", { evidence: {} }, [/^evidence\.since: is required$/]],
    ["a bare time", { evidence: "24h" }, [/^evidence: must be an object such as \{ since: "24h" \}/]],
    ["a misspelt field of evidence", { evidence: { since: "24h", until: "1h" } }, [/^evidence: there is no input "until" here$/]],
])("refused: %s", (_title, inputs, words) => {
    const found = problems(inputs);
    expect(found).toHaveLength(words.length);
    for (const [index, word] of words.entries()) expect(found[index]).toMatch(word);
});

test("a failure has the path of the input and a reason without it, and the inputs are stored as they came", () => {
    const inputs = { namespaces: { "root/cimv2": { requiresEncryption: "yes", whenMissing: UNKNOWN } } };
    expect(checked(inputs)).toEqual({
        inputs: { ...LEAST, ...inputs },
        failures: [{ path: ["namespaces", "root/cimv2", "requiresEncryption"], reason: "must be true or false" }],
    });
});
