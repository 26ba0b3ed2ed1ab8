import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { onPwsh } from "../powershell/pwsh";
import { AGENT, AGENT_WITH_MOF, agentWith, said, sharedAgent, standIn, start } from "./pwshAgent";

onPwsh("programs under pwsh", () => {
    const sh = (command: string) => `-c "${command}"`;

    test("exit code and both outputs, however much they are", async () => {
        const { verb } = await sharedAgent(AGENT);
        const line = sh("head -c 100000 /dev/zero | tr '\\0' o; head -c 100000 /dev/zero | tr '\\0' e >&2; exit 7");
        const ended = z
            .strictObject({ exit: z.number(), output: z.string() })
            .parse(await verb("run", { program: "/bin/sh", line, timeoutMs: 9000 }));
        expect([ended.exit, ended.output]).toEqual([7, "o".repeat(16_000)]);
    });

    test("what came is kept where something else holds the pipes open", async () => {
        const { verb } = await sharedAgent(AGENT);
        const line = sh("echo out; echo err >&2; sleep 12 & exit 5");
        expect(await verb("run", { program: "/bin/sh", line, timeoutMs: 9000 }, 9000)).toEqual({ exit: 5, output: "out\nerr\n" });
        const hangs = sh("echo half of it; sleep 12 & wait");
        expect(await said(verb("run", { program: "/bin/sh", line: hangs, timeoutMs: 500 }))).toMatch(/was killed; it said: half of it/);
    });

    test("a compile that outlives a killed agent is waited for, and told where it goes on", async () => {
        const folder = mkdtempSync(join(tmpdir(), "wmisec-pwsh-"));
        try {
            const first = await start(AGENT_WITH_MOF);
            const go = join(folder, "go");
            const line = sh(`touch ${join(folder, "started")}; until [ -e ${go} ]; do sleep 0.1; done`);
            const lost = said(first.verb("runMarked", { folder, program: "/bin/sh", line, timeoutMs: 60_000 }, 60_000));
            const second = await start(AGENT_WITH_MOF);
            while (!existsSync(join(folder, "started"))) await new Promise((resolve) => setTimeout(resolve, 50));
            first.running.child.kill("SIGKILL");
            await lost;
            const waiting = (timeoutMs: number) => second.verb("waitCompile", { folder, timeoutMs });
            expect(await said(waiting(300))).toMatch(/^compilerStillRuns: .*mofcomp\.exe.* still runs/);
            const waited = waiting(9000);
            writeFileSync(go, "");
            expect(await waited).toBeNull();
            expect(readdirSync(folder).sort()).toEqual(["go", "started"]);
        } finally {
            writeFileSync(join(folder, "go"), "");
            rmSync(folder, { recursive: true });
        }
    });

    test("a program that ended leaves no sign that it runs", async () => {
        const folder = mkdtempSync(join(tmpdir(), "wmisec-pwsh-"));
        try {
            const { verb } = await sharedAgent(AGENT_WITH_MOF);
            expect(await verb("waitCompile", { folder: join(folder, "none"), timeoutMs: 0 })).toBeNull();
            const inner = join(folder, "ours");
            mkdirSync(inner);
            const ended = await verb("runMarked", { folder: inner, program: "/bin/sh", line: sh("ls"), timeoutMs: 9000 });
            expect([ended, existsSync(inner)]).toEqual([{ exit: 0, output: "compiling\n" }, false]);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    test("one that hangs is killed at its deadline; one whose verb hangs, with the agent", async () => {
        const folder = mkdtempSync(join(tmpdir(), "wmisec-pwsh-"));
        try {
            const hang = (file: string) => sh(`echo $$ > ${join(folder, file)}; exec sleep 60`);
            const gone = (file: string) => !existsSync(`/proc/${readFileSync(join(folder, file), "ascii").trim()}/exe`);
            const { running, verb } = await start();
            expect(await said(verb("run", { program: "/bin/sh", line: hang("a"), timeoutMs: 500 }))).toMatch(/^mofcompFailed: /);
            expect(gone("a")).toBe(true);
            expect(await said(verb("run", { program: "/bin/sh", line: hang("b"), timeoutMs: 50_000 }, 1000))).toMatch(/^timeout: /);
            await running.exit;
            expect(gone("b")).toBe(true);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});

const AGENT_WITH_API = agentWith(
    standIn("standins.ps1"),
    "$WmisecVerbs['buffer'] = 'Invoke-WmisecBuffer'",
    "function Invoke-WmisecBuffer { param($Arguments) return Invoke-WmisecApiOnBuffer (ConvertFrom-WmisecMof $Arguments.mof) }",
);

onPwsh("the C# of the compiler's API under pwsh", () => {
    test("compiles, and says that it is not on Windows when it is used", async () => {
        const { verb } = await start(AGENT_WITH_API);
        expect(await said(verb("buffer", { mof: "x" }))).toMatch(/^hostError: .*System\.PlatformNotSupportedException/);
    });
});
