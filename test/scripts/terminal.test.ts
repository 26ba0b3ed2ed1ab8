import { onPosix } from "../posix";
import { runModule, SCRIPTS } from "./runModule";

/** Asks something that says that it is a terminal. */
const hasColors = async (isTerminal: boolean, env: NodeJS.ProcessEnv) => {
    const { stdout } = await runModule(
        `
        import { WriteStream } from "node:tty";
        import { hasColors } from "${SCRIPTS}/terminal.mjs";
        const { hasColors: ofNode, getColorDepth } = WriteStream.prototype;
        Object.assign(process.stdout, { isTTY: ${isTerminal}, hasColors: ofNode, getColorDepth });
        console.log(String(hasColors()));
        `,
        env,
    );
    return stdout;
};

onPosix("colours on a terminal, and nowhere else, and not for who wants none", async () => {
    const terminal = { TERM: "xterm-256color" };
    expect(await hasColors(true, terminal)).toBe("true\n");
    expect(await hasColors(false, terminal)).toBe("false\n");
    expect(await hasColors(true, { ...terminal, NO_COLOR: "1" })).toBe("false\n");
    expect(await hasColors(true, { TERM: "dumb" })).toBe("false\n");
});
