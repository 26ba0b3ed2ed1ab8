import { WmisecError } from "../../core/errors";

/** The system's GSS-API, by its C interface (RFC 2744). Only this file imports koffi, which is optional. */

/** Calls in koffi's `.async` form run on a thread, so a KDC that does not answer blocks nothing. */
interface AsyncFunction {
    async(...given: unknown[]): void;
}

/** The part of koffi that we use. */
interface Koffi {
    load(path: string): { func(signature: string): AsyncFunction };
    struct(name: string, members: Readonly<Record<string, string>>): unknown;
    view(pointer: unknown, length: number): ArrayBuffer;
}

/** MIT's library. On macOS the framework has the same interface. */
const LIBRARIES: Readonly<Record<string, readonly string[]>> = {
    linux: ["libgssapi_krb5.so.2"],
    freebsd: ["libgssapi_krb5.so.2", "libgssapi_krb5.so"],
    darwin: ["/System/Library/Frameworks/GSS.framework/GSS"],
};

interface Bytes {
    length: number | bigint;
    value: unknown;
}

type Library = Readonly<Record<(typeof FUNCTIONS)[number][0], (...given: unknown[]) => Promise<number>>> & { readonly koffi: Koffi };

const MINOR = "_Out_ uint32_t *minor";
const FUNCTIONS = [
    ["importName", `uint32_t gss_import_name(${MINOR}, GssBytes *name, GssOid *type, _Out_ void **result)`],
    ["displayName", `uint32_t gss_display_name(${MINOR}, void *name, _Out_ GssBytes *result, _Out_ void **type)`],
    ["releaseName", `uint32_t gss_release_name(${MINOR}, _Inout_ void **name)`],
    [
        "acquire",
        `uint32_t gss_acquire_cred(${MINOR}, void *name, uint32_t seconds, void *mechanisms, int usage, _Out_ void **result, _Out_ void **actual, _Out_ uint32_t *left)`,
    ],
    [
        "inquire",
        `uint32_t gss_inquire_cred(${MINOR}, void *credential, _Out_ void **name, _Out_ uint32_t *left, _Out_ int *usage, _Out_ void **mechanisms)`,
    ],
    ["releaseCredential", `uint32_t gss_release_cred(${MINOR}, _Inout_ void **credential)`],
    [
        "initContext",
        `uint32_t gss_init_sec_context(${MINOR}, void *credential, _Inout_ void **context, void *target, GssOid *mechanism, uint32_t flags, uint32_t seconds, GssBindings *bindings, GssBytes *input, _Out_ void **actual, _Out_ GssBytes *output, _Out_ uint32_t *actualFlags, _Out_ uint32_t *left)`,
    ],
    [
        "wrap",
        `uint32_t gss_wrap(${MINOR}, void *context, int confidential, uint32_t quality, GssBytes *input, _Out_ int *sealed, _Out_ GssBytes *output)`,
    ],
    [
        "unwrap",
        `uint32_t gss_unwrap(${MINOR}, void *context, GssBytes *input, _Out_ GssBytes *output, _Out_ int *sealed, _Out_ uint32_t *quality)`,
    ],
    ["deleteContext", `uint32_t gss_delete_sec_context(${MINOR}, _Inout_ void **context, void *output)`],
    [
        "displayStatus",
        `uint32_t gss_display_status(${MINOR}, uint32_t code, int type, GssOid *mechanism, _Inout_ uint32_t *more, _Out_ GssBytes *result)`,
    ],
    ["releaseBuffer", `uint32_t gss_release_buffer(${MINOR}, _Inout_ GssBytes *buffer)`],
] as const;

/** Object identifiers, in DER without tag and length. */
export const KRB5 = Buffer.from("2a864886f712010202", "hex");
export const SPNEGO = Buffer.from("2b0601050502", "hex");
const HOSTBASED_SERVICE = Buffer.from("2a864886f71201020104", "hex");
const KRB5_NAME = Buffer.from("2a864886f71201020201", "hex");

/** What `require` throws in a single-file executable for every package, installed or not (nodejs.org/api/single-executable-applications.html). */
const NO_PACKAGES = "ERR_UNKNOWN_BUILTIN_MODULE";

const USE_PACKAGE =
    'use the npm package in place of the executable, with koffi beside it (npm install pulumi-wmisec koffi@3), and name it in Pulumi.yaml. Or use NTLM (set connection.password), or transport "ssh", which do not need koffi';

const INSTALL =
    'Kerberos needs the package koffi beside this one (npm install koffi@3) and the system\'s GSS-API (Debian: libgssapi-krb5-2; Red Hat: krb5-libs). Or use NTLM (set connection.password), or transport "ssh", which need neither';

let loaded: Library | undefined;

/** @throws WmisecError `invalidInput` if koffi or the library is missing */
export function gssapi(): Library {
    loaded ??= load();
    return loaded;
}

function load(): Library {
    let koffi: Koffi;
    try {
        koffi = require("koffi") as Koffi;
    } catch (error) {
        if (error instanceof Error && Reflect.get(error, "code") === NO_PACKAGES)
            throw new WmisecError("invalidInput", "the plugin's executable can't load the package koffi, which Kerberos needs", {
                remedy: USE_PACKAGE,
                cause: error,
            });
        throw new WmisecError("invalidInput", "the package koffi, which Kerberos needs, is not installed", {
            remedy: INSTALL,
            cause: error,
        });
    }
    for (const path of LIBRARIES[process.platform] ?? []) {
        let library: ReturnType<Koffi["load"]>;
        try {
            library = koffi.load(path);
        } catch {
            // The library may have the next name.
            continue;
        }
        koffi.struct("GssBytes", { length: "size_t", value: "void *" });
        koffi.struct("GssOid", { length: "uint32_t", elements: "void *" });
        koffi.struct("GssBindings", {
            ...{ initiatorType: "uint32_t", initiatorLength: "size_t", initiatorValue: "void *" },
            ...{ acceptorType: "uint32_t", acceptorLength: "size_t", acceptorValue: "void *" },
            ...{ dataLength: "size_t", dataValue: "void *" },
        });
        const functions = FUNCTIONS.map(([name, signature]) => [name, queued(library.func(signature))]);
        return { ...Object.fromEntries(functions), koffi } as Library;
    }
    throw new WmisecError("invalidInput", "the system's GSS-API library, which Kerberos needs, could not be loaded", {
        remedy: INSTALL,
    });
}

/** Calls at once. Koffi refuses more than 256. */
const MOST_CALLS = 64;
let underWay = 0;
const waiting: (() => void)[] = [];

/** Keeps the arguments alive until the call is over. */
function queued(called: AsyncFunction): (...given: unknown[]) => Promise<number> {
    return async (...given) => {
        if (underWay >= MOST_CALLS) await new Promise<void>((go) => waiting.push(go));
        else underWay++;
        try {
            return await new Promise<number>((resolve, reject) =>
                called.async(...given, (error: Error | null, result: number) => (error ? reject(error) : resolve(result))),
            );
        } finally {
            const next = waiting.shift();
            if (next === undefined) underWay--;
            else next();
        }
    };
}

/** A C pointer that a call fills in; null before that. */
export type Handle = [unknown];
export const handle = (): Handle => [null];

export const bytesOf = (content: Buffer): Bytes => ({ length: content.length, value: content });
export const oidOf = (content: Buffer): { length: number; elements: Buffer } => ({ length: content.length, elements: content });

/** @param applicationData the only part of the channel binding that is not empty */
export const bindingsOf = (applicationData: Buffer) => ({
    ...{ initiatorType: 0, initiatorLength: 0, initiatorValue: null, acceptorType: 0, acceptorLength: 0, acceptorValue: null },
    ...{ dataLength: applicationData.length, dataValue: applicationData },
});

/** The largest buffer that we copy, in bytes: a host or a KDC may make it larger. */
const MOST_BYTES = 4_194_304;

/** A buffer of the library's. `take` copies and releases it. */
export class Given {
    readonly out: Bytes = { length: 0, value: null };

    async take(): Promise<Buffer> {
        const { koffi, releaseBuffer } = gssapi();
        const length = Number(this.out.length);
        const isThere = this.out.value !== null && length > 0 && length <= MOST_BYTES;
        const copy = isThere ? Buffer.from(new Uint8Array(koffi.view(this.out.value, length))) : Buffer.alloc(0);
        await releaseBuffer([0], this.out);
        return copy;
    }
}

export const NAME_TYPES = { service: HOSTBASED_SERVICE, principal: KRB5_NAME };

/** Routine errors of GSS-API (RFC 2744, 3.9.1), in the high half of a status. */
const ERRORS = 0xffff0000;
export const isError = (major: number): boolean => (major & ERRORS) !== 0;
export const CONTINUE = 1;

/** GSS-API's texts for a status. */
export async function wordsOf(major: number, minor: number, mechanism: Buffer): Promise<string> {
    const words: string[] = [];
    for (const [code, type] of [
        [major, 1],
        [minor, 2],
    ] as const) {
        if (code === 0) continue;
        const given = new Given();
        await gssapi().displayStatus([0], code, type, oidOf(mechanism), [0], given.out);
        words.push((await given.take()).toString("utf8"));
    }
    return words.join("; ");
}
