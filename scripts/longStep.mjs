import { spawn } from "node:child_process";
import { SetupError } from "./setupError.mjs";

const TAIL_LINES = 30;
const TICK_MS = process.stderr.isTTY ? 1_000 : 30_000;

/**
 * Runs one program that may take long. Standard error shows what runs and for how long: a line that counts on a terminal, a line every
 * 30 s elsewhere. The program's own output is kept back and shown when it fails.
 * @param {object} step
 * @param {string} step.title what happens, with an expectation: "building the Pulumi CLI: about 10 minutes, once"
 * @param {string} step.command
 * @param {string[]} step.args
 * @param {string} step.remedy what a person can do when it fails
 * @param {string} [step.cwd]
 * @param {NodeJS.ProcessEnv} [step.env] default: this process's
 * @param {number} [step.timeoutMs] default: no limit
 * @returns {Promise<string>} what the program wrote to standard output
 * @throws {SetupError} when it can't start, exits with another code than 0, or overruns `timeoutMs`
 */
export async function longStep({ title, command, args, remedy, cwd, env, timeoutMs }) {
    const started = Date.now();
    const elapsed = () => {
        const seconds = Math.floor((Date.now() - started) / 1000);
        return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
    };
    const show = (/** @type {string} */ text, /** @type {boolean} */ last) =>
        process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}${last ? "\n" : ""}` : `${text}\n`);
    const tried = `${[command, ...args].join(" ")}${cwd ? ` (in ${cwd})` : ""}`;

    show(title, false);
    const ticking = setInterval(() => show(`${title} ... ${elapsed()}`, false), TICK_MS);
    try {
        const end = await runToEnd({ command, args, cwd, env, timeoutMs });
        if (end.problem) {
            throw new SetupError(`${title}: ${end.problem}`, { said: end.tail, tried: [tried], remedy });
        }
        show(`${title} ... done in ${elapsed()}`, true);
        return end.stdout;
    } catch (error) {
        show(`${title} ... failed after ${elapsed()}`, true);
        throw error;
    } finally {
        clearInterval(ticking);
    }
}

/**
 * @param {{ command: string, args: string[], cwd: string | undefined, env: NodeJS.ProcessEnv | undefined, timeoutMs: number | undefined }} what
 * @returns {Promise<{ problem: string | undefined, stdout: string, tail: string }>}
 */
function runToEnd({ command, args, cwd, env, timeoutMs }) {
    return new Promise((resolve) => {
        const windows = process.platform === "win32";
        // A process group of its own: what the program started (compilers, downloads) ends with it. A .cmd file (npm on Windows) only runs by a
        // shell; all arguments are constants of ours.
        const child = spawn(command, args, {
            cwd,
            env,
            shell: windows && command.endsWith(".cmd"),
            detached: !windows,
            stdio: ["ignore", "pipe", "pipe"],
        });
        const stop = (/** @type {NodeJS.Signals} */ signal) => {
            if (child.pid === undefined || child.exitCode !== null) return;
            if (windows) child.kill(signal);
            else process.kill(-child.pid, signal);
        };
        const leave = (/** @type {NodeJS.Signals} */ signal) => {
            stop(signal);
            process.exit(signal === "SIGINT" ? 130 : 143);
        };
        process.once("SIGINT", leave).once("SIGTERM", leave);
        let overran = false;
        const limit = timeoutMs
            ? setTimeout(() => {
                  overran = true;
                  stop("SIGKILL");
              }, timeoutMs)
            : undefined;

        let stdout = "";
        let all = "";
        child.stdout.setEncoding("utf8").on("data", (text) => {
            stdout += text;
            all += text;
        });
        child.stderr.setEncoding("utf8").on("data", (text) => {
            all += text;
        });
        const done = (/** @type {string | undefined} */ problem) => {
            clearTimeout(limit);
            process.off("SIGINT", leave).off("SIGTERM", leave);
            resolve({ problem, stdout, tail: all.trimEnd().split("\n").slice(-TAIL_LINES).join("\n") });
        };
        child.once("error", (error) => done(`did not start: ${error.message}`));
        child.once("close", (code, signal) => {
            if (overran && timeoutMs) done(`no end after ${timeoutMs / 1000} s`);
            else if (code !== 0) done(signal ? `killed by ${signal}` : `exit ${code}`);
            else done(undefined);
        });
    });
}
