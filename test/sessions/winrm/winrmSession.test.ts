import { WmisecError } from "../../../provider/core/errors";
import type { Received } from "../../../provider/sessions/winrm/answers";
import type { Shell } from "../../../provider/sessions/winrm/shell";
import { MAX_SEND, WinrmSession } from "../../../provider/sessions/winrm/winrmSession";
import { ended, eventually } from "../common";

/** A shell whose host is the test. */
class FakeShell {
    readonly sent: { text: string; isEnd: boolean; done: (error?: Error) => void }[] = [];
    readonly #receives: { give: (received: Received | undefined) => void; fail: (error: Error) => void }[] = [];
    deletes = 0;
    isDestroyed = false;

    send(bytes: Buffer, isEnd: boolean): Promise<void> {
        return new Promise((resolve, reject) => {
            this.sent.push({ text: bytes.toString("latin1"), isEnd, done: (error) => (error ? reject(error) : resolve()) });
        });
    }

    receive(): Promise<Received | undefined> {
        return new Promise((give, fail) => this.#receives.push({ give, fail }));
    }

    async delete(): Promise<void> {
        this.deletes++;
    }

    destroy(): void {
        this.isDestroyed = true;
    }

    async gives(received: Partial<Received> | undefined): Promise<void> {
        await eventually(() => this.#receives.length > 0, "a Receive");
        const whole = { output: Buffer.alloc(0), errorOutput: Buffer.alloc(0), done: undefined, ...received };
        this.#receives.shift()?.give(received === undefined ? undefined : whole);
    }

    async fails(error: Error): Promise<void> {
        await eventually(() => this.#receives.length > 0, "a Receive");
        this.#receives.shift()?.fail(error);
    }
}

const open = () => {
    const shell = new FakeShell();
    return { shell, session: new WinrmSession(shell as unknown as Shell, 450) };
};
const lost = () => new WmisecError("connectionLost", "lost", { remedy: "none" });

test("what gathers while a message is on its way goes with the next one", async () => {
    const { shell, session } = open();
    for (const text of ["a", "b", "c"]) session.send(text);
    expect(shell.sent.map(({ text }) => text)).toEqual(["a"]);
    shell.sent[0]?.done();
    await eventually(() => shell.sent.length === 2, "the second");
    session.endInput();
    session.send("too late");
    shell.sent[1]?.done();
    await eventually(() => shell.sent.length === 3, "the end");
    expect(shell.sent.map(({ text, isEnd }) => [text, isEnd])).toEqual([
        ["a", false],
        ["bc", false],
        ["", true],
    ]);
});

test("a long input goes in portions, the last of which ends it", async () => {
    const { shell, session } = open();
    const text = "x".repeat(2 * MAX_SEND + 1);
    session.send(text);
    session.endInput();
    for (let count = 1; count <= 3; count++) {
        await eventually(() => shell.sent.length === count, `message ${count}`);
        shell.sent[count - 1]?.done();
    }
    expect(shell.sent.map((one) => [one.text.length, one.isEnd])).toEqual([
        [MAX_SEND, false],
        [MAX_SEND, false],
        [1, true],
    ]);
});

test("output comes in order, silence is no end, and Done is", async () => {
    const { shell, session } = open();
    let output = "";
    let errors = "";
    session.onOutput((chunk) => {
        output += chunk.toString();
    });
    session.onErrorOutput((chunk) => {
        errors += chunk.toString();
    });
    await shell.gives({ output: Buffer.from("a") });
    await shell.gives(undefined);
    await shell.gives({ output: Buffer.from("b"), errorOutput: Buffer.from("c"), done: { exitCode: "3" } });
    expect(await ended(session)).toMatchObject({ code: "processEnded", summary: expect.stringContaining("exit code 3") });
    expect([output, errors]).toEqual(["ab", "c"]);
    await session.close();
    expect([shell.deletes, shell.isDestroyed]).toEqual([1, true]);
});

test("a message that fails ends it, is not sent again, and the shell is deleted", async () => {
    const { shell, session } = open();
    session.send("a");
    shell.sent[0]?.done(lost());
    expect(await ended(session)).toMatchObject({ code: "connectionLost" });
    await eventually(() => shell.isDestroyed, "the end of the shell");
    expect([shell.sent.length, shell.deletes]).toEqual([1, 1]);
});

test("how the process ended says more than that its input was refused", async () => {
    const { shell, session } = open();
    session.send("a");
    shell.sent[0]?.done(lost());
    await shell.gives({ errorOutput: Buffer.from("not found"), done: { exitCode: "1" } });
    expect(await ended(session)).toMatchObject({ code: "processEnded" });
});

test("closing ends the input, and whatever the host says then is our doing", async () => {
    const { shell, session } = open();
    const closing = session.close();
    expect(shell.sent).toMatchObject([{ text: "", isEnd: true }]);
    shell.sent[0]?.done();
    await shell.fails(lost());
    await closing;
    expect(await ended(session)).toMatchObject({ code: "cancelled" });
    expect(shell.isDestroyed).toBe(true);
});

test("closing does not wait for a process that does not end", async () => {
    const { shell, session } = open();
    await session.close(20);
    expect(await ended(session)).toMatchObject({ code: "cancelled" });
    expect([shell.deletes, shell.isDestroyed]).toEqual([1, true]);
});
