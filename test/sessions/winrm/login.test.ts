import { Redaction } from "../../../provider/core/redaction";
import { brokenLogin } from "../../../provider/sessions/winrm/channelErrors";
import { logIn, type Proof, type Showing, showPassword } from "../../../provider/sessions/winrm/login";
import { NtlmMechanism } from "../../../provider/sessions/winrm/ntlmMechanism";
import { statusError, tokenOf } from "../../../provider/sessions/winrm/replyErrors";
import { type Post, type Reply, type Wire, WireLost } from "../../../provider/sessions/winrm/wire";
import { failure } from "../../errors";

const reply = (status: number, headers: Readonly<Record<string, string>> = {}, body = ""): Reply => ({
    status,
    header: (name) => headers[name] ?? "",
    body: Buffer.from(body),
});

/** What was sent, and what became of the turn at the gate. */
class World {
    readonly posts: Post[] = [];
    readonly told: string[] = [];
    readonly wire: Wire;
    readonly showing: Showing;

    constructor(...replies: readonly Reply[]) {
        const answers = [...replies];
        const post = async (sent: Post) => {
            this.posts.push(sent);
            return answers.shift() ?? Promise.reject(new WireLost("closed", "ECONNRESET"));
        };
        this.wire = { post } as unknown as Wire;
        const turn = (name: string) => () => void this.told.push(name);
        this.showing = {
            gate: {
                enter: async (user, password, server) => {
                    this.told.push(`enter ${user} ${password} ${server}`);
                    return { accepted: turn("accepted"), denied: turn("denied"), unanswered: turn("unanswered") };
                },
            },
            server: "web-07:5986",
            over: new AbortController().signal,
            waiting: () => undefined,
            owed: (isOwed) => void this.told.push(isOwed ? "owed" : "paid"),
        };
    }
}

const BASIC: Proof = { by: "basic", user: "svc", password: "pw" };
const POST: Post = { headers: {}, body: Buffer.from("<e/>"), deadlineMs: 1000 };
const OFFERS_BASIC = { "www-authenticate": 'Negotiate, Basic realm="WSMAN"' };

test.each<[string, Reply | undefined, string[]]>([
    ["an answer", reply(200), ["accepted"]],
    ["a fault, which only who is logged in gets", reply(500, {}, "<fault/>"), ["accepted"]],
    ["HTTP 500 without a word", reply(500), []],
    ["a 401 that offers what was shown", reply(401, OFFERS_BASIC), ["denied"]],
    ["a 401 that does not: nobody looked at the password", reply(401, { "www-authenticate": "Negotiate" }), []],
    ["nothing", undefined, []],
])("a password that is answered with %s", async (_what, answer, outcome) => {
    const world = new World(...(answer === undefined ? [] : [answer]));
    await showPassword(world.wire, POST, BASIC, world.showing).catch(() => undefined);
    // "unanswered" comes last, and changes nothing where the answer is known.
    expect(world.told).toEqual(["enter svc pw web-07:5986", "owed", ...(answer === undefined ? [] : ["paid"]), ...outcome, "unanswered"]);
    expect(world.posts).toEqual([POST]);
});

test("sends no password if the dial ended while it waited at the gate", async () => {
    const world = new World(reply(200));
    const over = AbortSignal.abort(new Error("over"));
    await expect(showPassword(world.wire, POST, BASIC, { ...world.showing, over })).rejects.toThrow("over");
    expect(world.posts).toEqual([]);
    expect(world.told).toEqual(["enter svc pw web-07:5986", "unanswered"]);
});

test("a certificate has no password, and passes no gate", async () => {
    const world = new World(reply(200));
    await showPassword(world.wire, POST, { by: "certificate" }, world.showing);
    expect(world.told).toEqual([]);
});

const ntlm = (): Proof => ({
    ...{ by: "negotiate", user: "svc", password: "canary-pw" },
    mechanism: new NtlmMechanism("svc", "canary-pw", "HTTP/web-07", undefined),
});
const explain = (answer: Reply) => statusError(answer, new Redaction());

test("never falls back to what the host offers", async () => {
    const world = new World(reply(401, { "www-authenticate": 'Basic realm="WSMAN"' }), reply(200));
    const error = await failure(logIn({ ...world.showing, wire: world.wire, proof: ntlm(), deadlineMs: 1000 }, explain));
    expect(error).toMatchObject({ code: "denied", message: expect.stringContaining("Basic") });
    expect(error.message).not.toContain("canary");
    expect(world.posts).toHaveLength(1);
    expect(world.told).toEqual([]);
});

test("sends no message before the host knows us", async () => {
    const world = new World(reply(401, { "www-authenticate": "Negotiate" }));
    await failure(logIn({ ...world.showing, wire: world.wire, proof: ntlm(), deadlineMs: 1000 }, explain));
    expect(world.posts.map(({ body }) => body.length)).toEqual([0]);
});

test("a token is of the scheme that was asked for", () => {
    const answer = reply(401, { "www-authenticate": "Kerberos AAAA, Negotiate YQ==, Basic" });
    expect(tokenOf(answer, "Negotiate")).toEqual(Buffer.from("a"));
    expect(tokenOf(reply(401, { "www-authenticate": "Negotiate" }), "Negotiate")).toBeUndefined();
    expect(tokenOf(reply(401, { "www-authenticate": "Negotiate !" }), "Negotiate")).toBeUndefined();
});

test("a secret in the type of an answer is taken out", () => {
    const redaction = new Redaction();
    redaction.add("hunter2-canary");
    expect(statusError(reply(200, { "content-type": "text/hunter2-canary" }), redaction).message).not.toContain("canary");
});

test.each([
    [false, "unreachable"],
    [true, "timeout"],
] as const)("an answer that is late (owed for a password: %p) is told with the seconds that were waited", (isOwed, code) => {
    const error = brokenLogin(new WireLost("late", ""), { step: "authentication", isOwed, answerMs: 120_000 });
    expect(error).toMatchObject({ code, summary: "no answer within 120 s (step: authentication)" });
});

test.each([
    [false, "unreachable"],
    [true, "connectionLost"],
] as const)("a connection that breaks in the login (owed for a password: %p) is %s", (isOwed, code) => {
    expect(brokenLogin(new WireLost("closed", "ECONNRESET"), { step: "authentication", isOwed, answerMs: 1000 })).toMatchObject({ code });
});
