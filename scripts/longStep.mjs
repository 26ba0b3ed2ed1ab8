import spawn, { SubprocessError } from "nano-spawn";
import { SetupError } from "./setupError.mjs";
import { showProgress } from "./terminal.mjs";

const TAIL_LINES = 30;
const WINDOWS = process.platform === "win32";

/**
 * Runs a program that may take long, and shows what runs and for how long. Shows the program's output only if it fails.
 * @param {object} step
 * @param {string} step.title what happens, and how long it may take: "building the Pulumi CLI: about 10 minutes, once"
 * @param {string} step.command
 * @param {string[]} step.args
 * @param {string} step.remedy what a person can do if it fails
 * @param {string} [step.cwd]
 * @param {Record<string, string>} [step.env] added to this process's environment
 * @param {number} [step.timeoutMs] default: no limit
 * @throws {SetupError} if it can't start, exits with a code other than 0, or takes longer than `timeoutMs`
 */
export async function longStep({ title, command, args, remedy, cwd, env = {}, timeoutMs }) {
    const endProgress = showProgress(title);
    // It gets its own process group, so that what it starts (compilers, downloads) ends with it.
    const running = spawn(command, args, { cwd, env, stdin: "ignore", detached: !WINDOWS });
    const ended = running.catch((/** @type {SubprocessError} */ error) => error);
    const started = running.nodeChildProcess.catch(() => undefined);
    const stop = async (/** @type {NodeJS.Signals} */ signal) => {
        const child = await started;
        if (child?.pid === undefined || child.exitCode !== null) return;
        if (WINDOWS) child.kill(signal);
        else process.kill(-child.pid, signal);
    };
    const leave = async (/** @type {NodeJS.Signals} */ signal) => {
        // Not SIGINT: programs that a shell starts in the background ignore it.
        await stop("SIGTERM");
        endProgress("failed");
        process.exit(signal === "SIGINT" ? 130 : 143);
    };
    process.once("SIGINT", leave).once("SIGTERM", leave);
    let overran = false;
    const overrun = () => {
        overran = true;
        stop("SIGKILL");
    };
    const limit = timeoutMs === undefined ? undefined : setTimeout(overrun, timeoutMs);

    const end = await ended;
    clearTimeout(limit);
    process.off("SIGINT", leave).off("SIGTERM", leave);
    endProgress(end instanceof SubprocessError ? "failed" : "done");
    if (!(end instanceof SubprocessError)) return;
    throw new SetupError(`${title}: ${overran ? `no end after ${timeoutMs} ms` : problemOf(end)}`, {
        said: end.output.trimEnd().split("\n").slice(-TAIL_LINES).join("\n"),
        tried: [`${[command, ...args].join(" ")}${cwd ? ` (in ${cwd})` : ""}`],
        remedy,
    });
}

/** @param {SubprocessError} error */
function problemOf({ exitCode, signalName, cause, message }) {
    if (exitCode !== undefined) return `exit ${exitCode}`;
    if (signalName !== undefined) return `killed by ${signalName}`;
    return `did not start: ${cause instanceof Error ? cause.message : message}`;
}
