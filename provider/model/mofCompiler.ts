import { MofNotSimulated, MofSyntaxError } from "./mofErrors";
import { UNREADABLE } from "./mofLexer";
import { type MofClass, type MofInstance, parseMof } from "./mofParser";
import { checkIsSimulated, hasInstancesWithoutEffect } from "./windowsClasses";
import { managementException, namespaceMissing, notSimulated, WindowsException } from "./windowsException";

/** What a compiler needs from the machine that it runs on. Each method may throw a WindowsException. */
export interface MofRepository {
    readonly computerName: string;
    /** Namespaces have `/` between names and the MOF's spelling. */
    openNamespace(path: string): void;
    setFlag(path: string, required: boolean): void;
    /** Creates a namespace. An existing one stays as it is. */
    createNamespace(parent: string, name: string, flag: boolean | null): void;
    /** Adds the file to the list of MOF files from which a repository is rebuilt, if it is not in it. */
    addAutorecover(file: string): void;
}

export interface MofcompRun {
    readonly exit: number;
    /** Lines end with CRLF. */
    readonly output: string;
}

/** Why a text was not compiled, in IMofCompiler's terms (MicrosoftDocs/sdk-api wbemcli ns-wbemcli-wbem_compile_status_info). */
export interface MofRefusal {
    /** 1: reading the text; 3: storing. */
    readonly phase: 1 | 3;
    /** Lower-case hex with 0x. */
    readonly hresult: string;
    /** From 1; 0 if the text could not be parsed. */
    readonly object: number;
    readonly firstLine: number;
    readonly lastLine: number;
    /** What was being done. */
    readonly doing: string;
    readonly message: string;
}

export interface Compilation {
    readonly refusal: MofRefusal | null;
    /** The text has `#pragma autorecover`: it is to be compiled again when the repository is rebuilt. */
    readonly autorecover: boolean;
}

export const MOFCOMP_BANNER = [
    "Microsoft (R) MOF Compiler Version 10.0.20348.1",
    "Copyright (c) Microsoft Corp. 1997-2006. All rights reserved.",
] as const;

const autorecoverWarning = (file: string): readonly string[] => [
    `WARNING: File ${file} does not contain #PRAGMA AUTORECOVER.`,
    "If the WMI repository is rebuilt in the future, the contents of this MOF file will not be included in the new WMI repository.",
    "To include this MOF file when the WMI Repository is automatically reconstructed, place the #PRAGMA AUTORECOVER statement on the first line of the MOF file.",
];

interface Switches {
    readonly checkOnly: boolean;
    readonly autorecover: boolean;
    /** For objects before any `#pragma namespace`. */
    readonly namespace: string | undefined;
}

/**
 * A model of mofcomp.exe (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md), written from its documentation and independent of our own MOF
 * code.
 *
 * The syntax of the whole file is checked before anything is stored. What is stored before a later error stays stored. Windows: unknown how
 * it words errors, and which exit code an inaccessible namespace gives; here 1, as documented for semantic errors.
 *
 * @param file the path on the command line, for the output
 * @param content the bytes of the file: ASCII, or UTF-16 with a byte order mark. Other bytes are accepted only in comments: Windows reads
 *     them in the system's code page, so their meaning is not reliable.
 * @param switches `-check` (alone), `-autorecover`, `-N:NAMESPACE`; any other gives exit 2, even those that Windows has
 * @throws WindowsException for MOF that the model does not support
 * @returns exit 0: done. 1: no WMI, or the repository refused. 2: a bad switch. 3: not MOF.
 */
export function mofcomp(file: string, content: Uint8Array, repository: MofRepository, switches: readonly string[] = []): MofcompRun {
    const lines: string[] = [...MOFCOMP_BANNER];
    const end = (exit: number): MofcompRun => ({ exit, output: lines.map((line) => `${line}\r\n`).join("") });

    const asked = parseSwitches(switches);
    if (asked === undefined) {
        lines.push("Invalid command line switch", "For help on command line switches, type: mofcomp /?");
        return end(2);
    }
    lines.push(`Parsing MOF file: ${file}`);
    const { refusal, autorecover } = compile(content, repository, asked);
    if (refusal?.phase === 1) {
        lines.push(`${file} (${refusal.firstLine}): error SYNTAX 0X${refusal.hresult.slice(2)}: ${refusal.message}`);
        return end(3);
    }
    lines.push("MOF file has been successfully parsed");
    if (asked.checkOnly) {
        lines.push("Syntax check complete.");
        return end(0);
    }
    lines.push("Storing data in the repository...");
    if (refusal !== null) {
        const { doing, object, firstLine, lastLine, hresult, message } = refusal;
        lines.push(`An error occurred while ${doing} ${object} defined on lines ${firstLine} - ${lastLine}:`);
        lines.push(`Error Number: ${hresult}, Facility: WMI`, `Description: ${message}`);
        return end(1);
    }
    if (autorecover || asked.autorecover) repository.addAutorecover(file);
    else lines.push(...autorecoverWarning(file));
    lines.push("Done!");
    return end(0);
}

/**
 * What all ways to compile have in common: parse the whole text, then store object by object, up to the first that is refused.
 * @throws WindowsException for MOF that the model does not support; then nothing is stored
 */
export function compile(
    content: Uint8Array,
    repository: MofRepository,
    { checkOnly, namespace }: Pick<Switches, "checkOnly"> & Partial<Pick<Switches, "namespace">>,
): Compilation {
    try {
        const mof = parseMof(decoded(content));
        for (const object of mof.objects) if (object.kind === "instance") checkIsSimulated(object, mof.objects);
        const refused = (refusal: MofRefusal | null): Compilation => ({ refusal, autorecover: mof.autorecover });
        const declared = new Set<string>();
        for (const [index, object] of checkOnly ? [] : mof.objects.entries()) {
            const failure = stored(object, namespace, repository, declared);
            if (failure === undefined) continue;
            const { firstLine, lastLine } = object;
            return refused({ phase: 3, object: index + 1, firstLine, lastLine, ...failure });
        }
        return refused(null);
    } catch (error) {
        if (error instanceof MofNotSimulated) throw notSimulated(error.message);
        if (!(error instanceof MofSyntaxError)) throw error;
        const { code, line, message } = error;
        const hresult = `0x${code}`;
        return {
            refusal: { phase: 1, hresult, object: 0, firstLine: line, lastLine: line, doing: "reading", message },
            autorecover: false,
        };
    }
}

function parseSwitches(switches: readonly string[]): Switches | undefined {
    let namespace: string | undefined;
    for (const one of switches) {
        const named = /^[-/]N:(.+)$/i.exec(one);
        if (named !== null) namespace = named[1];
        else if (!/^[-/](check|autorecover)$/i.test(one)) return undefined;
    }
    const checkOnly = switches.some((one) => /check$/i.test(one));
    if (checkOnly && switches.length > 1) return undefined;
    return { checkOnly, autorecover: switches.some((one) => /autorecover$/i.test(one)), namespace };
}

function decoded(content: Uint8Array): string {
    const [first, second] = content;
    if (first === 0xff && second === 0xfe) return utf16("utf-16le", content);
    if (first === 0xfe && second === 0xff) return utf16("utf-16be", content);
    if (content.some((byte) => byte === 0x7f || byte === 0)) throw new MofSyntaxError("8004401e", 1);
    return Buffer.from(content)
        .toString("latin1")
        .replace(/[\x80-\xff]/g, UNREADABLE);
}

function utf16(encoding: "utf-16le" | "utf-16be", content: Uint8Array): string {
    try {
        return new TextDecoder(encoding, { fatal: true }).decode(content);
    } catch {
        // Half a surrogate pair. Windows: unknown how it treats one.
        throw new MofSyntaxError("8004401e", 1);
    }
}

/**
 * @param declared the classes of the file so far, each with its namespace
 * @returns undefined if it was stored, else why not
 */
function stored(object: MofInstance | MofClass, namespace: string | undefined, repository: MofRepository, declared: Set<string>) {
    let doing = "opening the namespace for object";
    try {
        const path = localPath(object.namespace ?? namespace ?? "root/default", repository.computerName);
        repository.openNamespace(path);
        doing = "processing item";
        const inNamespace = (name: string) => `${path}:${name}`.toLowerCase();
        if (object.kind === "instance") put(object, path, repository, declared.has(inNamespace(object.className)));
        // Names that begin with two underscores are reserved for WMI (MicrosoftDocs/win32 desktop-src/WmiSdk/wmi-system-classes.md).
        else if (object.name.startsWith("__")) throw managementException("0x80041010", "Invalid class ");
        else declared.add(inNamespace(object.name));
        return undefined;
    } catch (error) {
        if (!(error instanceof WindowsException)) throw error;
        return { doing, hresult: error.failure.wmiCode ?? error.failure.hresult, message: error.message };
    }
}

/** `\\.\root\x`, `//./root/x`, `\\THISCOMPUTER\root\x` and `root\x` all mean `root/x`. The model reaches no other computer. */
function localPath(text: string, computerName: string): string {
    const slashed = text.replaceAll("\\", "/");
    const server = /^\/\/([^/]+)\//.exec(slashed);
    if (server === null) return slashed;
    const named = server[1]?.toLowerCase();
    if (named !== "." && named !== computerName.toLowerCase()) throw namespaceMissing();
    return slashed.slice(server[0].length);
}

/** @param isDeclared whether the file itself declares the class */
function put({ className, qualifiers, properties }: MofInstance, path: string, repository: MofRepository, isDeclared: boolean): void {
    for (const { flavors } of qualifiers) {
        // Not allowed for a qualifier of an instance (MicrosoftDocs/win32 desktop-src/WmiSdk/qualifier-flavors.md).
        if (flavors.includes("tosubclass")) throw managementException("0x80041046", "Invalid qualifier flavor");
    }
    const flag = flagOf(qualifiers);
    switch (className.toLowerCase()) {
        case "__systemsecurity":
            // Windows: unknown whether omitting the qualifier removes it. Here it stays, so that nobody relies on its removal.
            if (flag !== null) repository.setFlag(path, flag);
            return;
        case "__namespace": {
            const name = properties.get("name");
            if (typeof name !== "string" || !/^[A-Za-z0-9_][\w$#.-]*$/.test(name))
                throw managementException("0x80041008", "Invalid parameter ");
            // Windows: unknown whether this sets the flag of an existing namespace. Here it does not.
            repository.createNamespace(path, name, flag);
            return;
        }
        default:
            if (isDeclared || hasInstancesWithoutEffect(className, path)) return;
            throw managementException("0x80041010", "Invalid class ");
    }
}

/**
 * Null if absent. A bare qualifier means FALSE: from Windows 8 on, qualifiers other than Key and Static are false unless they are
 * explicitly true (MicrosoftDocs/win32 desktop-src/WmiSdk/mofcomp.md, remarks).
 */
function flagOf(qualifiers: MofInstance["qualifiers"]): boolean | null {
    const found = qualifiers.find(({ name }) => name.toLowerCase() === "requiresencryption");
    if (found === undefined) return null;
    if (found.value === undefined) return false;
    if (typeof found.value !== "boolean") throw managementException("0x80041029", "Illegal qualifier type");
    return found.value;
}
