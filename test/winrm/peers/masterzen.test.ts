import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { agentCommand } from "../../../provider/agent/command";
import { type SimulatedHost, startSimulatedHost } from "../../../provider/simulator";
import { conversation, encoded, framesIn, NOTHING, type Said, type Step } from "./conversation";

/** A WinRM client that nobody here wrote, and that sends while it receives. */

const made = JSON.parse(
    execFileSync(process.execPath, [join(__dirname, "../../../scripts/winrmGoPeer.mjs")], { encoding: "utf8", timeout: 900_000 }),
) as { readonly folder: string } | { readonly missing: string };

const folder = mkdtempSync(join(tmpdir(), "wmisec-masterzen-"));
let host: SimulatedHost;

async function talk(more: { readonly steps: readonly Step[]; readonly password?: string; readonly command?: string }): Promise<Said> {
    if (!("folder" in made)) throw new Error(made.missing);
    const certificate = join(folder, "host.pem");
    writeFileSync(certificate, host.certificate ?? "");
    const { user, password } = host.connection;
    const asked = { user, password, command: agentCommand(), ...more, steps: encoded(more.steps) };
    const url = `https://${host.address}:${host.port}/wsman`;
    const child = spawn(join(made.folder, "masterzen"), { stdio: ["pipe", "pipe", "inherit"], env: { ...process.env, NO_PROXY: "*" } });
    child.stdin.end(JSON.stringify({ ...asked, url, certificate, timeout: 20 }));
    return JSON.parse(await text(child.stdout)) as Said;
}

if ("missing" in made) test.skip(`masterzen/winrm [skipped: ${made.missing}]`, () => undefined);
else
    describe("masterzen/winrm, by Basic over HTTPS", () => {
        beforeEach(async () => {
            host = await startSimulatedHost({ transport: "winrm", winrm: { authentication: ["basic"] } });
        });
        afterEach(() => host.stop());
        afterAll(() => rmSync(folder, { recursive: true, force: true }));

        test("talks to our agent piece by piece while it waits for output, and leaves nothing", async () => {
            const said = await talk({ steps: conversation() });
            expect(said).toMatchObject({ error: null, exit: 0, errorOutput: "" });
            expect(framesIn(said.output)).toMatchObject([
                { id: 0, ok: true },
                { id: 1, ok: true, value: { namespaces: [{ state: "present" }] } },
                { id: 2, ok: true },
            ]);
            const [before, handshake = 0, look = 0] = said.heard;
            expect(before).toBe(0);
            expect(look).toBeGreaterThan(handshake);
            expect(host.counters).toMatchObject({ shellsOpen: 0, processesRunning: 0, failedAuthentications: 0 });
        });

        test("with a wrong password gets nowhere", async () => {
            expect((await talk({ password: "wrong", steps: NOTHING })).error).toMatch(/401/);
            expect(host.counters).toMatchObject({ authentications: 0, processesStarted: 0, shellsOpen: 0 });
            expect(host.counters.failedAuthentications).toBeGreaterThan(0);
        });

        test("hears the exit code of a process, and what a shell says of one that is not there", async () => {
            expect(await talk({ steps: NOTHING })).toMatchObject({ error: null, exit: 66 });
            const none = await talk({ command: "nosuch.exe", steps: [] });
            expect(none).toMatchObject({ error: null, exit: 1, errorOutput: expect.stringContaining("'nosuch.exe' is not recognized") });
        });
    });
