import { existsSync, mkdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";

/**
 * Makes `node_modules/pulumi-wmisec` lead to the repository itself, so that the programs in examples/ find the package by its
 * name, as a user's do.
 * @param {string} root the repository
 */
export function ensureSelfLink(root) {
    const link = join(root, "node_modules", "pulumi-wmisec");
    if (existsSync(link) && realpathSync(link) === realpathSync(root)) return;
    rmSync(link, { recursive: true, force: true });
    mkdirSync(join(root, "node_modules"), { recursive: true });
    symlinkSync(process.platform === "win32" ? root : "..", link, "junction");
}
