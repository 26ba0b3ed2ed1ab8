import type * as pulumi from "@pulumi/pulumi";
import type { EvidenceArgs, NamespaceEvents } from "./namespaceEvents";
import { type CommonArgs, type Status, WmisecResource } from "./wmisecResource";

/**
 * What is declared for one namespace.
 * @example
 * requiresEncryption: true,
 * whenMissing: "skip"
 */
export interface NamespacePolicyArgs {
    /**
     * `true`: WMI refuses remote clients that do not encrypt (authentication level PktPrivacy). `false` sets the flag to FALSE.
     * @example
     * requiresEncryption: true
     */
    requiresEncryption: pulumi.Input<boolean>;
    /**
     * `"skip"`: the host need not have the namespace. Use it for a role that is not installed everywhere.
     * @default "error"
     * @example
     * whenMissing: "skip"
     */
    whenMissing?: pulumi.Input<"error" | "skip"> | undefined;
    /**
     * The MOF file on the host that defines this namespace. The provider edits it to agree with `requiresEncryption`.
     *
     * Name the file that the product's installer or its users compile. Then compiling it again does not weaken the policy.
     *
     * The provider sets the qualifier on its `instance of __SystemSecurity` in this namespace, or appends such an instance. Everything else
     * stays byte for byte. It checks the new text's syntax before it replaces the file, and then compiles the whole file. A backup stays
     * beside it as `FILE.pulumi-wmisec-backup`. When the last owner is deleted, the provider puts the backup back, and compiles nothing.
     *
     * The path must be absolute, on a local drive, with backslashes, in ASCII, end in `.mof`, and have at most 200 characters. The text
     * must be ASCII, with bytes of a code page in comments only, or UTF-16 with a byte order mark, and have at most 700,000 bytes. The
     * provider does not edit files that it includes. Only administrators may have write access to it. One file belongs to one namespace; a
     * resource has at most 4 files.
     *
     * After a refresh that found a difference, the text also says what was found: `C:\Program Files\Contoso\contoso.mof: FALSE`.
     * @default none: the flag alone is set
     * @example
     * definitionMof: "C:\\Program Files\\Contoso\\contoso.mof"
     * @see the documents "Requiring an Encrypted Connection to a Namespace" and "mofcomp" of the Windows SDK
     */
    definitionMof?: pulumi.Input<string> | undefined;
}

/**
 * What `WmiNamespaceSecurity` takes.
 * @example
 * connection: { host: "web-07.contoso.test" },
 * namespaces: { "root/cimv2": { requiresEncryption: true } },
 * autorecover: true
 */
export interface WmiNamespaceSecurityArgs extends CommonArgs {
    /**
     * The namespaces, by path from the root, with `/` or `\` between names, in any case. List each namespace once.
     * @example
     * namespaces: {
     *     "root/cimv2": { requiresEncryption: true },
     *     "root/MicrosoftDNS": { requiresEncryption: true, whenMissing: "skip" },
     * }
     */
    namespaces: pulumi.Input<Record<string, pulumi.Input<NamespacePolicyArgs>>>;
    /**
     * Reads the host's event log too, at each refresh and at the end of a create or update.
     *
     * See the output `events`. It costs one more request for each host. Switching it on or off is an update that writes nothing on the
     * host.
     * @default none: the log is not asked
     * @example
     * evidence: { since: "24h" }
     */
    evidence?: pulumi.Input<EvidenceArgs> | undefined;
    /**
     * `true`: the flags survive a rebuild of the WMI repository.
     *
     * After a rebuild Windows compiles the MOF files that the registry lists (`HKLM\SOFTWARE\Microsoft\WBEM\CIMOM`, `Autorecover MOFs`), in
     * the order of that list. A flag that no listed file sets is lost.
     *
     * With `true` the provider compiles and registers a file of its own for each namespace, such as
     * `%ProgramFiles%\pulumi-wmisec\root!cimv2.mof`. If the file or its registration is missing, that is drift. When the last owner is
     * deleted, both are removed, and all other entries keep their order.
     *
     * If a later file in the list sets the flag of the same namespace, that file wins. If a rebuild does not bring a namespace back, it has
     * no flag. No document says whether Windows compiles our file or a copy that it made. A copy below `%windir%\System32\wbem\AutoRecover`
     * is removed with the file if it has the same text.
     *
     * After a refresh that found a difference, the text says what was found: `missing for root/contoso`.
     * @default false
     * @example
     * autorecover: true
     * @see the document "pragma autorecover" of the Windows SDK (MicrosoftDocs/win32 desktop-src/WmiSdk/pragma-autorecover.md)
     */
    autorecover?: pulumi.Input<boolean> | undefined;
    /**
     * What compiles MOF on the host.
     *
     * `"mofcomp"`: mofcomp.exe. `"api"`: the documented COM interface IMofCompiler in our own PowerShell, for hosts where a policy blocks
     * mofcomp.exe. It needs a C# compiler (`Add-Type`). It was never run on Windows. A change of `compiler` alone contacts no host.
     * @default "mofcomp"
     * @example
     * compiler: "api"
     */
    compiler?: pulumi.Input<"mofcomp" | "api"> | undefined;
}

/**
 * Which WMI namespaces of one host refuse clients that do not encrypt.
 *
 * Local clients always encrypt, and so notice nothing. The same is true for everything that runs on the host over SSH or WinRM. Remote
 * DCOM clients below PktPrivacy are refused: Get-WmiObject without -Authentication PacketPrivacy, and many monitoring tools.
 * Find out who connects before you set it on root/cimv2.
 *
 * When you take a namespace out of the map, its original value is restored. Namespaces that Windows ships encrypted
 * (root/cimv2/TerminalServices, root/MSCluster) stay encrypted when you delete a resource that adopted them.
 * @example
 * const connection = { host: "web-07.contoso.test", user: "CONTOSO\\svc-pulumi" };
 * const policy = new wmisec.WmiNamespaceSecurity("web-07", {
 *     connection,
 *     namespaces: { "root/cimv2": { requiresEncryption: true } },
 * });
 * export const status = policy.status;
 * @see the document "Requiring an Encrypted Connection to a Namespace" of the Windows SDK
 */
export class WmiNamespaceSecurity extends WmisecResource {
    /** The input. After a refresh: what the host has, `true`, `false` or a word such as `"missing"`. */
    declare readonly namespaces: pulumi.Output<
        Record<string, { requiresEncryption: boolean; whenMissing?: "error" | "skip"; definitionMof?: string }>
    >;
    /** The input. After a refresh that found a difference: what was found, such as `missing for root/cimv2`. */
    declare readonly autorecover: pulumi.Output<boolean | undefined>;
    /** The input: `"mofcomp"` or `"api"`. */
    declare readonly compiler: pulumi.Output<"mofcomp" | "api" | undefined>;
    /**
     * What the host has, by the map's keys: `true`, `false`, `"absent"` (no qualifier), `"missing"` (no namespace), `"denied"` or
     * `"contradictory"` (two readings of the flag disagree).
     *
     * For example `policy.observed["root/cimv2"]` is `true` if that namespace requires encryption.
     */
    declare readonly observed: pulumi.Output<Record<string, boolean | "absent" | "missing" | "denied" | "contradictory">>;
    /**
     * By the map's keys, one of the statuses: the worst of the flag, the registration and the definition file.
     *
     * For example `{ "root/cimv2": "compliant" }`.
     */
    declare readonly status: pulumi.Output<Record<string, Status>>;
    /**
     * What the event log said when it was last read, or why it could not be read. Undefined without `evidence`.
     *
     * It changes with the log, and never causes an update of this resource.
     */
    declare readonly events: pulumi.Output<NamespaceEvents | { unavailable: string } | undefined>;
    /**
     * With `autorecover`, by the map's keys: the flag that our file would set in a rebuilt repository. `true`, `false`, `"absent"` (no file
     * and not listed), `"incomplete"` (only one of the two, or a different text) or `"denied"`.
     *
     * For example `{ "root/cimv2": true }`.
     */
    declare readonly registered: pulumi.Output<Record<string, boolean | "absent" | "incomplete" | "denied"> | undefined>;
    /**
     * With `definitionMof`, by the map's keys: what that file says. `true`, `false`, `"absent"` (nothing), `"missing"` (no such file),
     * `"unreadable"` or `"denied"`.
     *
     * For example `{ "root/Contoso": true }`.
     */
    declare readonly defined: pulumi.Output<Record<string, boolean | "absent" | "missing" | "unreadable" | "denied"> | undefined>;

    constructor(name: string, args: WmiNamespaceSecurityArgs, opts?: pulumi.CustomResourceOptions) {
        const outputs = { observed: undefined, status: undefined, events: undefined, registered: undefined, defined: undefined };
        // Outputs, too, also where the program leaves them out.
        const optional = { autorecover: undefined, compiler: undefined };
        super("WmiNamespaceSecurity", name, { ...outputs, ...optional, ...args }, opts);
    }
}
