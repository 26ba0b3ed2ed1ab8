import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const ROOT = resolve(__dirname, "../..");

export const textOf = (file: string): string => readFileSync(join(ROOT, file), "utf8");

/** Every document of the repository, by its path with `/`. */
export const DOCUMENTS: readonly string[] = ["", "docs/", "examples/sharded/"].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
        // What the live suite leaves there is a report, and ignored.
        .filter((name) => name.endsWith(".md") && !name.startsWith("wmisec-live-report"))
        .map((name) => folder + name),
);

export const blocksOf = (file: string, language: string): string[] =>
    [...textOf(file).matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, "gms"))].map(([, code = ""]) => code);

const withoutBlocks = (text: string): string => text.replace(/^ *```.*?^ *```/gms, "");

/** Where links lead: not those in code. */
export const linksOf = (file: string): string[] =>
    [
        ...withoutBlocks(textOf(file))
            .replace(/`[^`\n]*`(?!\])/g, "")
            .matchAll(/\]\(([^)\s]+)\)/g),
    ].map(([, target = ""]) => target);

interface Section {
    /** As it is written, without its marks. */
    readonly title: string;
    /** Up to the next heading of any level. */
    readonly text: string;
}

export function sectionsOf(file: string): Section[] {
    const parts = withoutBlocks(textOf(file)).split(/^#{1,6} +(.+)$/m);
    return parts.flatMap((title, index) => (index % 2 === 1 ? [{ title, text: parts[index + 1] ?? "" }] : []));
}

/** As GitHub makes them: lower case, no punctuation, `-` for each blank. A second heading of the same words would get a number. */
export const anchorsOf = (file: string): string[] =>
    sectionsOf(file).map(({ title }) =>
        title
            .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
            .toLowerCase()
            .replace(/[^\p{L}\p{N}_ -]/gu, "")
            .replaceAll(" ", "-"),
    );

/** The rows of the only table in a section, without its head: each cell as it is written, without the marks of code. */
export function tableOf(file: string, title: string): string[][] {
    const text = sectionsOf(file).find((section) => section.title === title)?.text ?? "";
    const [, , ...rows] = text.split("\n").filter((line) => line.startsWith("| "));
    return rows.map((row) =>
        row
            .slice(2, -2)
            .split(/ (?<!\\)\| /)
            .map((cell) => cell.replaceAll("\\|", "|").replaceAll("`", "").trim()),
    );
}
