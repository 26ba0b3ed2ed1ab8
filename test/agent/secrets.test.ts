import fc from "fast-check";
import { startAgent } from "../../provider/agent/client";
import { asciiJson, type Request } from "../../provider/agent/protocol";
import { WmisecError } from "../../provider/core/errors";
import { namespacePath } from "../../provider/core/namespacePath";
import { Redaction } from "../../provider/core/redaction";
import { LEDGER_KEY, UNSEC_APP_VALUE } from "../../provider/core/registry";
import { LEDGER_ONLY, type Observation, type ObserveRequest } from "../../provider/core/wire/observation";
import type { Applied } from "../../provider/core/wire/step";
import { fuzzRuns } from "../fuzz";
import { NOTHING_SEEN } from "../nothingSeen";
import { FACTS, FarEnd } from "./farEnd";

const PASSWORD = 'CANARY-"Pässwört\\2';
const ASKED: ObserveRequest = {
    ...LEDGER_ONLY,
    namespaces: [namespacePath("root/cimv2")],
    values: [UNSEC_APP_VALUE],
    definitions: ["C:\\c.mof"],
};
const HONEST: Observation = {
    ...NOTHING_SEEN,
    namespaces: [{ path: namespacePath("root/cimv2"), state: "present", flag: { effective: true, stored: true } }],
    values: [{ ...UNSEC_APP_VALUE, state: "present", data: { kind: "REG_SZ", value: "1" } }],
    definitions: [{ file: "C:\\c.mof", state: "present", content: Buffer.from(`// ${PASSWORD}`).toString("base64"), backup: null }],
};
const failure = (text: string) => ({ type: "System.Exception", hresult: "0x80131500", wmiCode: null, message: text });

function knowing(...secrets: string[]): Redaction {
    const redaction = new Redaction();
    for (const secret of secrets) redaction.add(secret);
    return redaction;
}

async function thrown(work: Promise<unknown>): Promise<WmisecError> {
    const error: unknown = await work.then(
        () => new Error("it did not fail"),
        (reason: unknown) => reason,
    );
    if (!(error instanceof WmisecError)) throw error;
    return error;
}

/** What one look gives that is answered so. */
async function seen(answer: (request: Request) => unknown, redaction = knowing(PASSWORD)): Promise<Observation> {
    const far = new FarEnd({ onRequest: (request, end) => end.answers({ id: request.id, ok: true, value: answer(request) }) });
    const client = await startAgent(far, { redaction });
    try {
        return await client.ask("observe", ASKED, 60_000);
    } finally {
        await client.close();
    }
}

test("what a host was asked for comes as it is, whatever the secrets are", async () => {
    const redaction = knowing(
        "root",
        "present",
        "REG_SZ",
        "cimv2",
        "UnsecAppAccessControlDefault",
        "System.UnauthorizedAccessException",
        "absent",
        "software",
    );
    const { definitions: _, ...rest } = HONEST;
    const ledger = [{ item: "namespace:root/cimv2", text: '{"v":1}' }];
    expect(await seen(() => ({ ...HONEST, ledger }), redaction)).toEqual({ ...rest, definitions: HONEST.definitions, ledger });
    const denied = { ...failure("x"), type: "System.UnauthorizedAccessException" };
    const far = new FarEnd({ onRequest: ({ id }, end) => end.answers({ id, ok: false, failure: denied }) });
    const client = await startAgent(far, { redaction });
    expect((await thrown(client.ask("observe", ASKED, 60_000))).code).toBe("denied");
    await client.close();
});

test.each([
    ["text", { kind: "REG_SZ", value: PASSWORD }],
    ["text in lower case, within other text", { kind: "REG_EXPAND_SZ", value: `x ${PASSWORD.toLowerCase()} y` }],
    ["lines that are parts of one", { kind: "REG_MULTI_SZ", value: [PASSWORD.slice(0, 8), PASSWORD.slice(8)] }],
    ["bytes", { kind: "REG_BINARY", value: Buffer.from(PASSWORD, "utf16le").toString("hex") }],
])("a value that holds a secret (%s) is one that could not be read: it is not changed into another", async (_what, data) => {
    const { values } = await seen(() => ({ ...HONEST, values: [{ ...UNSEC_APP_VALUE, state: "present", data }] }));
    expect(values).toMatchObject([{ ...UNSEC_APP_VALUE, state: "failed", failure: { type: "pulumi-wmisec.UnexpectedValue" } }]);
    expect(JSON.stringify(values)).toMatch(/take it out there, and change that secret/);
});

test("a value that holds the digits of a secret as a number is not told", async () => {
    const answer = { ...HONEST, values: [{ ...UNSEC_APP_VALUE, state: "present", data: { kind: "REG_DWORD", value: 20241231 } }] };
    expect((await seen(() => answer, knowing("20241231"))).values).toMatchObject([{ state: "failed" }]);
    expect((await seen(() => answer, knowing("20241230"))).values).toEqual(answer.values);
});

test("a MOF file comes as it is: it is edited and goes back to the host", async () => {
    expect((await seen(() => HONEST)).definitions).toEqual(HONEST.definitions);
});

describe("the ledger", () => {
    const entry = (owner: string, before: unknown, wants: unknown = before) =>
        JSON.stringify({ v: 1, machine: "m", before, owners: [{ owner, stamp: "s", wants }], since: "t" });
    const ledgerSeen = async (item: string, text: string, ...secrets: string[]) =>
        (await seen(() => ({ ...HONEST, ledger: [{ item, text }] }), knowing(...secrets))).ledger[0];

    test("is compared and written back, so that an honest entry stays to the letter", async () => {
        const text = entry("org::urn:pulumi:prod::vagrant-lab::WmiNamespaceSecurity::a", { kind: "REG_SZ", value: "1" });
        const item = `value:${LEDGER_KEY}`;
        for (const secret of ["vagrant", "vagrant-lab", "pulumi", "REG_SZ", "prod"])
            expect(await ledgerSeen(item, text, secret)).toEqual({ item, text });
    });

    test.each([
        ["before", entry("o", { kind: "REG_SZ", value: PASSWORD })],
        ["wants", entry("o", "absent", { kind: "REG_SZ", value: PASSWORD })],
        ["no entry of ours", `this is ${PASSWORD}`],
        [
            "a note of a move",
            JSON.stringify({ v: 1, machine: "m", owner: "o", stamp: "s", to: { host: PASSWORD, machine: "m" }, since: "t" }),
        ],
        ["when", JSON.stringify({ v: 1, machine: "m", owner: "o", stamp: "s", to: { host: "b", machine: "m" }, since: PASSWORD })],
    ])("an entry with a secret in it (%s) is none of ours any more", async (_what, text) => {
        const record = await ledgerSeen("namespace:root/cimv2", text, PASSWORD);
        expect(() => JSON.parse(record?.text ?? "")).toThrow(SyntaxError);
        expect(record?.text).toContain("[secret]");
        expect(record?.text).not.toMatch(/CANARY/i);
    });

    test("a name that nobody asked for loses a secret, in lower case too; our own words in it stay", async () => {
        const name = (item: string, secret: string) => ledgerSeen(item, "{}", secret).then((record) => record?.item);
        expect(await name("namespace:root/canary-pa55", "CANARY-Pa55")).toBe("namespace:root/[secret]");
        expect(await name("definition:c:\\x.mof", "definition")).toBe("definition:c:\\x.mof");
        expect(await name("value:SOFTWARE/Microsoft/WBEM/CIMOM/UnsecAppAccessControlDefault", "Microsoft")).toMatch(/Microsoft/);
    });
});

test.each(["machineGuid", "smbiosUuid"])(
    "a machine that gives a secret as its %s is refused: another name would be a lie",
    async (field) => {
        for (const [secret, identity] of [
            [PASSWORD, PASSWORD.toLowerCase()],
            ["hunter2", "hunter2"],
            ["deadbeef", "deadbeef-2b0a-4a57-9d0b-3f5f0f1b7c11"],
        ] as const) {
            const far = new FarEnd({ onAgent: (end) => end.reports({ ...FACTS, [field]: identity }) });
            const error = await thrown(startAgent(far, { redaction: knowing(secret) }));
            expect([error.code, far.closed]).toEqual(["protocol", true]);
            expect(error.message).toContain("identity holds a secret");
            expect(error.message.toLowerCase()).not.toContain(secret.toLowerCase());
        }
    },
);

test("a secret that chance puts into a GUID refuses nobody", async () => {
    const far = new FarEnd();
    const client = await startAgent(far, { redaction: knowing("0f6d", "4a57", "8C4D0D5") });
    expect(client.machine).toEqual(FACTS);
    await client.close();
});

test("what a write met is told without secrets, and what explains a rebuild", async () => {
    const text = `found ${PASSWORD}`;
    const answers: [string, unknown][] = [
        [
            "apply",
            { done: 0, stopped: { step: 0, reason: "unexpected", found: text }, observation: { ...HONEST, ledger: [] } } satisfies Applied,
        ],
        [
            "apply",
            {
                done: 0,
                stopped: { step: 0, reason: "mofcomp", during: "check", exit: 1, output: text },
                observation: HONEST,
            } satisfies Applied,
        ],
        ["apply", { done: 0, stopped: { step: 0, reason: "failed", failure: failure(text) }, observation: HONEST } satisfies Applied],
        [
            "readEvents",
            {
                since: "2026-01-01T00:00:00Z",
                until: "2026-01-01T00:00:00Z",
                truncated: false,
                groups: [{ id: 4, about: text, count: 1, first: "2026-01-01T00:00:00Z", last: "2026-01-01T00:00:00Z" }],
            },
        ],
    ];
    for (const [verb, value] of answers) {
        const far = new FarEnd({ onRequest: ({ id }, end) => end.answers({ id, ok: true, value }) });
        const client = await startAgent(far, { redaction: knowing(PASSWORD) });
        const args = {
            steps: [{ do: "setLedger" as const, item: "x", expect: null, text: "y" }],
            observe: ASKED,
            mutexTimeoutMs: 0,
            mofcompTimeoutMs: 1,
            machine: "m",
            keepMof: false,
        };
        const told = await (verb === "apply" ? client.ask("apply", args, 60_000) : client.ask("readEvents", { sinceMs: 60_000 }, 60_000));
        const { observation: _, ...rest } = { observation: undefined, ...told };
        expect(JSON.stringify(rest)).toContain("found [secret]");
        expect(JSON.stringify(rest)).not.toContain("CANARY");
        await client.close();
    }
});

test("an answer that is none shows no secret, however JSON escapes it and wherever it is cut", async () => {
    for (let pad = 200; pad <= 300; pad += 7) {
        const redaction = knowing(PASSWORD);
        for (const act of [
            (far: FarEnd) => far.answers({ id: 77, ok: true, value: "x".repeat(pad) + PASSWORD }),
            (far: FarEnd) => far.prints(`${far.nonce}${"x".repeat(pad)}${asciiJson(PASSWORD)}${far.nonce}`),
            (far: FarEnd) => far.answers({ id: 1, ok: true, value: { [`${"x".repeat(pad - 100)}${PASSWORD}`]: 1 } }),
        ]) {
            const far = new FarEnd({ onRequest: (_request, end) => act(end) });
            const client = await startAgent(far, { redaction });
            const error = await thrown(client.ask("observe", ASKED, 60_000));
            expect(error.code).toBe("protocol");
            expect(error.message).not.toContain("CANA");
        }
    }
});

test("a failure's words lose a secret before they are cut", async () => {
    for (let pad = 1960; pad <= 2001; pad++) {
        const far = new FarEnd({
            onRequest: ({ id }, end) => end.answers({ id, ok: false, failure: failure("x".repeat(pad) + PASSWORD) }),
        });
        const client = await startAgent(far, { redaction: knowing(PASSWORD) });
        expect((await thrown(client.ask("observe", ASKED, 60_000))).message).not.toContain("CANA");
        await client.close();
    }
});

test("what is printed around answers loses secrets, in any encoding, however it comes in pieces and however much there is", async () => {
    const encoded = fc.constantFrom<BufferEncoding>("utf8", "utf16le", "latin1");
    const password = fc.constantFrom(PASSWORD, "Pass-wörd-CANARY", "plain-CANARY-1");
    const pieces = fc.array(fc.nat(40), { minLength: 1, maxLength: 30 });
    await fc.assert(
        fc.asyncProperty(password, encoded, pieces, fc.boolean(), fc.nat(9000), async (secret, encoding, cuts, onError, pad) => {
            const bytes = Buffer.concat([
                Buffer.alloc(pad, "."),
                Buffer.from(`net use failed: ${secret} !`, encoding),
                Buffer.alloc(1400 + (pad % 200), "-"),
            ]);
            const far = new FarEnd({
                onAgent: (end) => {
                    let at = Math.max(pad - 20, 0);
                    const say = (piece: Buffer) =>
                        onError ? end.complains(piece.toString("latin1")) : end.prints(piece.toString("latin1"));
                    say(bytes.subarray(0, at));
                    for (const cut of cuts) {
                        say(bytes.subarray(at, at + cut));
                        at += cut;
                    }
                    say(bytes.subarray(at));
                    end.dies();
                },
            });
            const { message } = await thrown(startAgent(far, { redaction: knowing(secret) }));
            for (const part of ["CANA", "ANARY", "Pass-w", "plain"]) {
                expect(message).not.toContain(part);
                expect(message.replace(/\s/g, "")).not.toContain(part);
            }
            expect(message).toContain("---");
        }),
        fuzzRuns(60),
    );
});
