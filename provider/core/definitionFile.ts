import { z } from "zod";

/** Leaves room for the names of the temporary files beside it: Windows allows 260 characters. */
const MAX_LENGTH = 200;
const NAME = /^[^\\/:*?"<>|]*[^\\/:*?"<>| .]$/;
const DEVICE = /^(con|conin\$|conout\$|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)/i;

/** @returns why this is not the path of a MOF file on a local drive; undefined if it is one */
function problemOf(path: string): string | undefined {
    if (path.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
    if (!/^[\x20-\x7e]*$/.test(path)) return "has characters that are not ASCII";
    if (path.includes("/")) return "has slashes: write backslashes, in TypeScript doubled";
    if (path.startsWith("\\\\")) return "is a network path: the file must be on a local drive of the host";
    if (path.startsWith("%")) return "begins with an environment variable, which is not expanded: write the folder itself";
    const [drive, ...names] = path.split("\\");
    if (!/^[A-Za-z]:$/.test(drive ?? "") || names.length === 0)
        return 'must begin with a local drive, as in "C:\\\\Program Files\\\\Contoso\\\\contoso.mof"';
    const bad = names.find((name) => !NAME.test(name) || DEVICE.test(name));
    if (bad !== undefined) return `has a part that is not a valid file or folder name: ${JSON.stringify(bad)}`;
    return /\.mof$/i.test(path) ? undefined : "must end with .mof";
}

/**
 * The path, on the host, of a MOF file that defines a namespace: absolute, on a local drive, with backslashes, ASCII, ending in `.mof`, at
 * most 200 characters. It has no `.` or `..`, no alternate data stream and no device name. The spelling is the user's; Windows ignores
 * case.
 */
export const definitionFile = z.string().check((context) => {
    const problem = problemOf(context.value);
    if (problem !== undefined) context.issues.push({ code: "custom", message: problem, input: context.value });
});
