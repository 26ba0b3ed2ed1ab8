import type { ChildProcess, SpawnOptions } from "node:child_process";

/** The package has no types. */
const crossSpawn: (program: string, args: readonly string[], options: SpawnOptions) => ChildProcess = require("cross-spawn");

/** Programs that run without cmd.exe. */
const EXECUTABLE = /\.(exe|com)$/i;

/**
 * Starts a program without a shell, as Node.js does. On Windows many programs are scripts for cmd.exe (`az.cmd`, `gcloud.cmd`, npm's),
 * which Node.js refuses to start. Those are passed to cmd.exe, with all its special characters in the arguments quoted.
 * @throws what Node.js throws synchronously, such as ENOMEM
 */
export const startProgram = (program: string, args: readonly string[], options: SpawnOptions): ChildProcess =>
    crossSpawn(program, args, options);

/**
 * Whether an argument is unsafe for a script for cmd.exe. Such a script parses its arguments once more, and a quote or a line end
 * would end an argument there.
 */
export const isUnsafeForScript = (program: string, args: readonly string[]): boolean =>
    process.platform === "win32" && !EXECUTABLE.test(program) && args.some((arg) => /["\r\n]/.test(arg));
