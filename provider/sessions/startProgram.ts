import type { ChildProcess, SpawnOptions } from "node:child_process";

/** Has no types of its own. */
const crossSpawn: (program: string, args: readonly string[], options: SpawnOptions) => ChildProcess = require("cross-spawn");

/** What runs without cmd.exe. */
const EXECUTABLE = /\.(exe|com)$/i;

/**
 * As Node.js starts a program, without a shell. On Windows many are scripts for cmd.exe (`az.cmd`, `gcloud.cmd`, npm's), which
 * Node.js refuses to start: there cmd.exe is given them, with each sign of the arguments quoted that means something to it.
 * @throws what Node.js throws at once, such as ENOMEM
 */
export const startProgram = (program: string, args: readonly string[], options: SpawnOptions): ChildProcess =>
    crossSpawn(program, args, options);

/**
 * Whether an argument can't be handed on by what may be a script for cmd.exe: it reads them once more, and a quote or a line end would
 * end one there.
 */
export const isUnsafeForScript = (program: string, args: readonly string[]): boolean =>
    process.platform === "win32" && !EXECUTABLE.test(program) && args.some((arg) => /["\r\n]/.test(arg));
