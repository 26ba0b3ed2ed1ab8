import { z } from "zod";

/** So that the names of what lies beside the file for a while stay below Windows' 260 characters. */
const MAX_LENGTH = 200;
const NAME = /^[^\\/:*?"<>|]*[^\\/:*?"<>| .]$/;
const DEVICE = /^(con|conin\$|conout\$|prn|aux|nul|com[0-9]|lpt[0-9]) *(\.|$)/i;

/** @returns why this is no path of a MOF file on a local drive; undefined when it is one. */
function problemOf(path: string): string | undefined {
    if (path.length > MAX_LENGTH) return `is longer than ${MAX_LENGTH} characters`;
    if (!/^[\x20-\x7e]*$/.test(path)) return "has characters that are not ASCII";
    if (path.includes("/")) return "has slashes: write backslashes, in TypeScript doubled";
    if (path.startsWith("\\\\")) return "is a path of the network: the file must lie on a drive of the host itself";
    if (path.startsWith("%")) return "begins with a variable, which is not expanded: write the folder itself";
    const [drive, ...names] = path.split("\\");
    if (!/^[A-Za-z]:$/.test(drive ?? "") || names.length === 0)
        return 'must begin with a local drive, as in "C:\\\\Program Files\\\\Contoso\\\\contoso.mof"';
    const bad = names.find((name) => !NAME.test(name) || DEVICE.test(name));
    if (bad !== undefined) return `has a part that is no name of a file or folder: ${JSON.stringify(bad)}`;
    return /\.mof$/i.test(path) ? undefined : "must end with .mof";
}

/**
 * The path on a host of a MOF file that defines a namespace: absolute, on a local drive, backslashes, ASCII, `.mof`, at most
 * 200 characters. No `.` or `..`, no stream, no device. As its user spelled it; Windows compares without case.
 */
export const definitionFile = z.string().check((context) => {
    const problem = problemOf(context.value);
    if (problem !== undefined) context.issues.push({ code: "custom", message: problem, input: context.value });
});
