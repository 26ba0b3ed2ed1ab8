import { textOf } from "../../provider/agent/command";
import { agentHeader } from "../../provider/agent/protocol";
import { onPwsh } from "../powershell/pwsh";
import { AGENT, NONCE, said, sharedAgent, start, startProcess } from "./pwshAgent";

onPwsh("the bootstrap under pwsh", () => {
    const stops = async (input: string): Promise<string> => {
        const running = startProcess();
        running.child.stdin.end(input);
        await running.exit;
        return running.output.trim();
    };

    test.each([
        ["header", "hello\n"],
        ["header", `${AGENT.length} ${AGENT.sha256.toLowerCase()} ${NONCE}\n`],
        ["header", `${"9".repeat(100_000)}\n`],
        ["hash", `${agentHeader(3, AGENT.sha256, NONCE)}abc`],
        ["ended", "12"],
        ["ended", agentHeader(AGENT.length, AGENT.sha256, NONCE) + AGENT.text.slice(0, 1000)],
    ])("says %s", async (word, input) => {
        expect(await stops(input)).toBe(`wmisec-stop:${word}`);
    });

    test("says what else went wrong", async () => {
        const { text, sha256, length } = textOf("throw (New-Object System.NotSupportedException 'x')");
        expect(await stops(agentHeader(length, sha256, NONCE) + text)).toBe("wmisec-stop:error System.NotSupportedException");
    });
});

onPwsh("the loop under pwsh", () => {
    test("reports the machine, answers, and ends at goodbye", async () => {
        const { running, machine, verb } = await start();
        expect(machine).toEqual({ psVersion: expect.stringMatching(/^7\./) });
        expect(await verb("bye")).toBeNull();
        expect(await running.exit).toBe(0);
    });

    test("ends at the end of input", async () => {
        const { running } = await start();
        running.child.stdin.end();
        expect(await running.exit).toBe(0);
    });

    test("ends when nothing is asked for a while", async () => {
        const { running } = await start(textOf(AGENT.text.replace("$WmisecIdleMs = 300000", "$WmisecIdleMs = 300")));
        expect(await running.exit).toBe(0);
    });

    test("carries any text, and arrays of none, one and two", async () => {
        const { verb } = await sharedAgent(AGENT);
        const text = { text: "Gr\u00fc\u00dfe \u{1f512} <&'> \u0000\u001f\u007f\u2028 \\\" $(x) `n", big: "x".repeat(300_000) };
        expect(await verb("echo", text)).toEqual(text);
        for (const items of [[], ["one"], ["one", "two"]]) expect(await verb("list", { items })).toEqual(items);
        expect(await verb("nothing")).toBeNull();
    });

    test("nothing that a verb writes elsewhere reaches the frames", async () => {
        const { running, verb } = await start();
        expect(await verb("noise")).toBe("kept");
        expect(running.output.replace(new RegExp(`${NONCE}.*?${NONCE}`, "g"), "").trim()).toBe("");
    });

    test("says which exception it was, the innermost one", async () => {
        const { verb } = await sharedAgent(AGENT);
        expect(await said(verb("fail", { path: "/nonexistent/file" }))).toMatch(
            /^hostError: .* \(System\.IO\.DirectoryNotFoundException, 0x80070003\)$/,
        );
        expect(await verb("echo", { still: "there" })).toEqual({ still: "there" });
    });

    test.each([
        ["an unknown verb", '{"id":1,"verb":"format","timeoutMs":1000,"args":{}}'],
        ["no deadline", '{"id":1,"verb":"echo","args":{}}'],
        ["no JSON", '{"id":1,"verb":"echo"'],
    ])("a request with %s is a bad one, and the next is answered", async (_title, line) => {
        const { ask } = await sharedAgent(AGENT);
        expect(await said(ask(1, `${line}\n`))).toMatch(/^protocol: .*pulumi-wmisec\.BadRequest/);
        expect(await ask(2, '{"id":2,"verb":"echo","timeoutMs":10000,"args":5}\n')).toBe(5);
    });

    test("a verb that hangs is answered for, and the process ends", async () => {
        const { running, verb } = await start();
        expect(await said(verb("hang", {}, 300))).toMatch(/^timeout: .*pulumi-wmisec\.Timeout/);
        expect(await running.exit).not.toBe(0);
    });
});
