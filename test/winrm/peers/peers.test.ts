import type { AddressInfo } from "node:net";
import { connect, createServer, type Server } from "node:tls";
import {
    newCertificate,
    type SimulatedHost,
    type SimulatedHostOptions,
    type SimulatedWinrmOptions,
    startSimulatedHost,
} from "../../../provider/simulator";
import { conversation, framesIn, NOTHING } from "./conversation";
import { type Asked, describeWithPeers, endPeers, LIBRARIES, talk } from "./peers";

/** WinRM clients that nobody here wrote, against our simulated hosts. */

const hosts: SimulatedHost[] = [];
afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.stop()));
});

async function hostWith(winrm: SimulatedWinrmOptions, options: SimulatedHostOptions = {}): Promise<SimulatedHost> {
    const host = await startSimulatedHost({ ...options, transport: "winrm", winrm });
    hosts.push(host);
    return host;
}

/** Somebody in the middle, whom the client trusts. */
class Relay {
    private constructor(
        private readonly server: Server,
        readonly certificate: string,
    ) {}

    static async before({ address, port }: SimulatedHost): Promise<Relay> {
        const own = newCertificate({ names: ["127.0.0.1"] });
        const server = createServer({ cert: own.certificate, key: own.privateKey }, (socket) => {
            const onward = connect({ host: address, port, rejectUnauthorized: false });
            socket.pipe(onward).pipe(socket);
            for (const one of [socket, onward]) one.on("error", () => one.destroy());
        });
        await new Promise<void>((settle) => server.listen(0, "127.0.0.1", settle));
        return new Relay(server, own.certificate);
    }

    get url(): string {
        return `https://127.0.0.1:${(this.server.address() as AddressInfo).port}/wsman`;
    }

    stop(): void {
        this.server.close();
    }
}

type Way = [string, SimulatedWinrmOptions, Pick<Asked, "auth">];
const ways: Way[] = [
    ["Basic over HTTPS", { authentication: ["basic"] }, { auth: "basic" }],
    ["NTLM, sealed, over HTTP", { scheme: "http" }, { auth: "ntlm" }],
    ["NTLM, bound to the channel, over HTTPS", { channelBinding: "strict" }, { auth: "ntlm" }],
];

describeWithPeers("peers", () => {
    afterAll(endPeers);

    describe.each(LIBRARIES)("%s", (library) => {
        describe.each(ways)("by %s", (_way, winrm, { auth }) => {
            test("talks to our agent piece by piece, and leaves nothing", async () => {
                const host = await hostWith(winrm);
                const said = await talk(host, { library, auth, steps: conversation() });
                expect(said).toMatchObject({ error: null, exit: 0, errorOutput: "" });
                expect(framesIn(said.output)).toMatchObject([
                    { id: 0, ok: true },
                    { id: 1, ok: true, value: { namespaces: [{ state: "present" }] } },
                    { id: 2, ok: true },
                ]);
                const [before, ...grows] = said.heard;
                expect(before).toBe(0);
                expect(grows).toEqual([...grows].sort((a, b) => a - b));
                expect(new Set(grows).size).toBe(3);
                expect(host.counters).toMatchObject({ shellsOpen: 0, processesRunning: 0, failedAuthentications: 0 });
            });

            test("with a wrong password gets nowhere", async () => {
                const host = await hostWith(winrm);
                const said = await talk(host, { library, auth, password: "wrong", steps: NOTHING });
                expect(said.error).toMatch(/InvalidCredentialsError|AuthenticationError/);
                expect(host.counters).toMatchObject({ authentications: 0, processesStarted: 0, shellsOpen: 0 });
                expect(host.counters.failedAuthentications).toBeGreaterThan(0);
            });
        });

        test("hears the exit code of a process, and what a shell says of one that is not there", async () => {
            const host = await hostWith({ scheme: "http" });
            expect(await talk(host, { library, auth: "ntlm", steps: NOTHING })).toMatchObject({ error: null, exit: 66 });
            const none = await talk(host, { library, auth: "ntlm", command: "nosuch.exe", steps: [{ send: null, until: "done" }] });
            expect(none).toMatchObject({ error: null, exit: 1, errorOutput: expect.stringContaining("'nosuch.exe' is not recognized") });
        });

        test("asks again where a Receive brings nothing in time", async () => {
            const host = await hostWith({ scheme: "http" }, { startupMs: 2_500 });
            const said = await talk(host, { library, auth: "ntlm", timeout: 1, steps: conversation() });
            expect(said).toMatchObject({ error: null, exit: 0 });
            expect(said.waits).toBeGreaterThan(0);
        });

        test.each([
            ["strict", false, "refused"],
            ["relaxed", false, "accepted"],
            ["relaxed", true, "accepted"],
            ["none", true, "accepted"],
        ] as const)("at %s with a channel binding: %s is %s", async (channelBinding, binding, outcome) => {
            const host = await hostWith({ channelBinding });
            const { error } = await talk(host, { library, auth: "ntlm", binding, steps: NOTHING });
            expect(error === null ? "accepted" : "refused").toBe(outcome);
            expect(host.refused.includes("a login without a channel binding")).toBe(outcome === "refused");
        });

        test.each(["sha384", "sha512"] as const)("binds to a certificate that is signed by %s", async (hash) => {
            const host = await hostWith({ channelBinding: "strict", certificate: { hash } });
            expect(await talk(host, { library, auth: "ntlm", steps: NOTHING })).toMatchObject({ error: null, exit: 66 });
        });

        test("does not trust another certificate", async () => {
            const host = await hostWith({});
            const { certificate } = newCertificate({ names: [host.address] });
            expect((await talk(host, { library, auth: "ntlm", trusted: certificate, steps: NOTHING })).error).toMatch(/certificate/i);
            expect(host.counters.httpRequests).toBe(0);
        });

        test("is refused with an unsealed body over HTTP", async () => {
            const host = await hostWith({ scheme: "http" });
            const { error } = await talk(host, { library, auth: "ntlm", sealed: false, steps: NOTHING });
            expect(error).toMatch(/500/);
            expect(host.refused).toContain("a body that is not sealed over HTTP, or sealed over HTTPS");
        });

        test.each([
            ["relaxed", "refused"],
            ["none", "accepted"],
        ] as const)("by way of somebody with another certificate, at %s, is %s", async (channelBinding, outcome) => {
            const host = await hostWith({ channelBinding });
            const relay = await Relay.before(host);
            try {
                const { url, certificate } = relay;
                const { error } = await talk(host, { library, auth: "ntlm", url, trusted: certificate, steps: NOTHING });
                expect(error === null ? "accepted" : "refused").toBe(outcome);
                expect(host.refused.includes("the channel binding of another certificate")).toBe(outcome === "refused");
            } finally {
                relay.stop();
            }
        });
    });
});
