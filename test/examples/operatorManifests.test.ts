import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { resourceSchema } from "./resourceSchema";

const EXAMPLE = join(__dirname, "../../examples/sharded");

interface Stack {
    readonly metadata: { readonly name: string; readonly namespace: string };
    readonly spec: {
        readonly stack: string;
        readonly config: Readonly<Record<string, string>>;
        readonly serviceAccountName: string;
        readonly workspaceTemplate: { readonly spec: object };
    };
}

const printed = execFileSync(process.execPath, [join(EXAMPLE, "manifests.mjs")], { encoding: "utf8" });
const stacks = parseAllDocuments(printed).map((document) => document.toJS() as Stack);

test("each shard of the inventory has a manifest of its own, for its own stack", () => {
    const { shards } = JSON.parse(readFileSync(join(EXAMPLE, "inventory.json"), "utf8")) as { shards: number };
    const numbers = [...Array(shards).keys()].map(String);
    expect(stacks.map(({ spec }) => spec.config["wmisec-sharded:shard"])).toEqual(numbers);
    expect(stacks.map(({ spec }) => spec.stack.split("/")[1])).toEqual(numbers.map((number) => `shard-${number}`));
    expect(new Set(stacks.map(({ metadata }) => metadata.name)).size).toBe(shards);
});

test("the shards run as the account of access.yaml, which may ask Kubernetes who calls", () => {
    const [account, binding] = parseAllDocuments(readFileSync(join(EXAMPLE, "operator/access.yaml"), "utf8")).map((one) => one.toJS());
    for (const { metadata, spec } of stacks)
        expect([metadata.namespace, spec.serviceAccountName]).toEqual([account.metadata.namespace, account.metadata.name]);
    expect(binding).toMatchObject({
        kind: "ClusterRoleBinding",
        roleRef: { kind: "ClusterRole", name: "system:auth-delegator" },
        subjects: [{ kind: "ServiceAccount", ...account.metadata }],
    });
});

/** A folder with the operator's published CustomResourceDefinitions: CI fetches them (.github/workflows/test.yml). */
const DEFINITIONS = process.env["WMISEC_OPERATOR_CRDS"];
const [told, withDefinitions] =
    DEFINITIONS === undefined ? [" [skipped: WMISEC_OPERATOR_CRDS names no folder with them]", describe.skip] : ["", describe];

withDefinitions(`by the operator's published schemas${told}`, () => {
    const schemaOf = (file: string) => resourceSchema(readFileSync(join(DEFINITIONS ?? "", file), "utf8"));
    let wrongWithStack: (resource: unknown) => string[];
    let wrongWithWorkspace: (resource: unknown) => string[];
    beforeAll(() => {
        wrongWithStack = schemaOf("pulumi.com_stacks.yaml");
        wrongWithWorkspace = schemaOf("auto.pulumi.com_workspaces.yaml");
    });

    test("each manifest is a Stack, and its template makes a Workspace", () => {
        expect(stacks.map(wrongWithStack)).toEqual(stacks.map(() => []));
        const workspaces = stacks.map(({ metadata, spec }) => ({
            apiVersion: "auto.pulumi.com/v1alpha1",
            kind: "Workspace",
            metadata,
            spec: spec.workspaceTemplate.spec,
        }));
        expect(workspaces.map(wrongWithWorkspace)).toEqual(workspaces.map(() => []));
    });

    // Kubernetes would drop such a field without a word.
    test.each([
        ["continueResyncOnCommitMatch", "continueResyncOnCommit"],
        ["resyncFrequencySeconds: 3600", 'resyncFrequencySeconds: "3600"'],
        ["accessToken:", "token:"],
        ["FLEET_KEY:\n            type: Secret", "FLEET_KEY:\n            kind: Secret"],
        ["wmi-encryption-0", "wmi-encryption-of-all-the-windows-hosts-shard-0"],
        ["mountPath:", "mountpath:"],
        ["configMap:", "configmap:"],
        ["namespace:", "namspace:"],
        ["pulumi.com/v1", "pulumi.com/v2"],
    ])("a manifest with a mistake is found: %j as %j", (right, wrong) => {
        const text = readFileSync(join(EXAMPLE, "operator/stack.yaml"), "utf8").replaceAll("SHARD", "0");
        expect(text).toContain(right);
        expect(wrongWithStack(parse(text.replace(right, wrong)))).not.toEqual([]);
    });
});
