/** Whether this machine has what these tests need of POSIX: shell scripts, signals, links, sockets and pipes that are files. */
export const POSIX = process.platform !== "win32";
const NO_POSIX = "[skipped: Windows has no POSIX shell scripts, signals, links, or sockets that are files]";

interface OnPosix {
    (title: string, run: jest.ProvidesCallback, timeout?: number): void;
    readonly each: jest.Each;
}

/** `test`, and on Windows a skipped one with the reason; of `each`, one for the whole table. */
export const onPosix: OnPosix = POSIX ? test : skipping();

function skipping(): OnPosix {
    const skip = (title: string): void => test.skip(`${title} ${NO_POSIX}`, () => undefined);
    return Object.assign(skip, { each: (() => skip) as jest.Each });
}
