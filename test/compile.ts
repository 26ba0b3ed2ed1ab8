import { join, resolve } from "node:path";
import ts from "typescript";

export const ROOT = resolve(__dirname, "..");

/** `at`: the line of the file, from 1 on. */
export interface Complaint {
    readonly file: string;
    readonly at: number;
    readonly text: string;
}

/** As the repository has them: parsed once for all programs. */
const parsed = new Map<string, ts.SourceFile>();

/**
 * What the compiler says of these files.
 * @param files relative to the repository
 * @param texts of files that stand in for those of the repository, or are not there at all
 */
export function compile(files: readonly string[], texts: Readonly<Record<string, string>> = {}): Complaint[] {
    const { config } = ts.readConfigFile(join(ROOT, "test/tsconfig.json"), ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent({ ...config, include: [] }, ts.sys, join(ROOT, "test"));
    const given = new Map(Object.entries(texts).map(([file, text]) => [join(ROOT, file), text]));
    const host = ts.createCompilerHost(options);
    const { getSourceFile, fileExists } = host;
    host.fileExists = (name) => given.has(resolve(name)) || fileExists(name);
    // Folders, too, may not be there at all.
    delete host.directoryExists;
    host.getSourceFile = (name, ...rest) => {
        const text = given.get(resolve(name));
        if (text !== undefined) return ts.createSourceFile(name, text, ts.ScriptTarget.ES2022);
        const source = parsed.get(name) ?? getSourceFile(name, ...rest);
        if (source !== undefined) parsed.set(name, source);
        return source;
    };
    const names = files.map((file) => join(ROOT, file));
    const program = ts.createProgram(names, options, host);
    return files.flatMap((file) => {
        const source = program.getSourceFile(join(ROOT, file));
        if (source === undefined) throw new Error(`${file} was not compiled`);
        return program.getSemanticDiagnostics(source).map(({ start = 0, messageText }) => ({
            file,
            at: source.getLineAndCharacterOfPosition(start).line + 1,
            text: ts.flattenDiagnosticMessageText(messageText, "\n"),
        }));
    });
}
