import { execFileSync } from "node:child_process";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { POSIX } from "../posix";
import { program } from "./runModule";

/** Entries that people's PATHs have and that hold no such program, by what they are. None on Windows, where no test uses them. */
export function oddEntries(folder: string, name: string): Record<string, string> {
    if (!POSIX) return {};
    const at = (...parts: string[]) => join(folder, ...parts);
    const withName = (kind: string, make: (path: string) => unknown) => {
        mkdirSync(at(kind));
        make(at(kind, name));
        return at(kind);
    };
    writeFileSync(at("file"), "", { mode: 0o755 });
    symlinkSync(at("loop"), at("loop"));
    symlinkSync(at("nowhere"), at("broken"));
    symlinkSync(at("file"), at("link to a file"));
    execFileSync("mkfifo", [at("pipe")]);
    return {
        empty: "",
        "the current folder": ".",
        relative: "bin",
        "a home that nobody expands": "~/bin",
        "a file": at("file"),
        "below a file": at("file", "bin"),
        "a link to a file": at("link to a file"),
        "not there": at("not there"),
        "a broken link": at("broken"),
        "a loop of links": at("loop"),
        "below a loop of links": at("loop", "bin"),
        "a pipe": at("pipe"),
        "a name that is too long": at("x".repeat(300)),
        "a path that is too long": at("x/".repeat(3000)),
        "a folder of that name": withName("folder of that name", (path) => mkdirSync(path)),
        "a file of that name that is no program": withName("no program", (path) => writeFileSync(path, "", { mode: 0o644 })),
        "a pipe of that name": withName("pipe of that name", (path) => execFileSync("mkfifo", ["-m", "755", path])),
        "a broken link of that name": withName("broken link of that name", (path) => symlinkSync(at("nowhere"), path)),
        "a loop of that name": withName("loop of that name", (path) => symlinkSync(path, path)),
    };
}

/** A folder with a program of that name. */
export function goodEntry(folder: string, name: string, lines: string): string {
    const good = join(folder, "good");
    mkdirSync(good);
    program(join(good, name), lines);
    return good;
}
