import { onPosix } from "../posix";
import { runModule, SCRIPTS } from "./runModule";

/** A word in green, on something that says that it is a terminal. */
const green = (isTerminal: boolean, env: NodeJS.ProcessEnv) =>
    runModule(
        `
        import { WriteStream } from "node:tty";
        import { styled } from "${SCRIPTS}/terminal.mjs";
        Object.assign(process.stdout, { isTTY: ${isTerminal}, hasColors: WriteStream.prototype.hasColors, getColorDepth: WriteStream.prototype.getColorDepth });
        console.log(styled("green", "word"));
        `,
        env,
    );

onPosix("colours on a terminal, and nowhere else, and not for who wants none", async () => {
    const terminal = { TERM: "xterm-256color" };
    expect((await green(true, terminal)).stdout).toBe("\u001b[32mword\u001b[39m\n");
    expect((await green(false, terminal)).stdout).toBe("word\n");
    expect((await green(true, { ...terminal, NO_COLOR: "1" })).stdout).toBe("word\n");
    expect((await green(true, { TERM: "dumb" })).stdout).toBe("word\n");
});
