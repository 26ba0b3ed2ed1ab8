import type * as pulumi from "@pulumi/pulumi";
import type { EvidenceArgs, NamespaceEvents } from "./namespaceEvents";
import { type CommonArgs, type Status, WmisecResource } from "./wmisecResource";

/**
 * What one namespace shall be.
 * @example
 * requiresEncryption: true,
 * whenMissing: "skip"
 */
export interface NamespacePolicyArgs {
    /**
     * `true`: WMI refuses remote clients that do not encrypt (authentication level PktPrivacy). `false` is as real: the flag is set to
     * FALSE.
     * @example
     * requiresEncryption: true
     */
    requiresEncryption: pulumi.Input<boolean>;
    /**
     * `"skip"`: fine where the host has no such namespace, as with a role that is not installed everywhere.
     * @default "error"
     * @example
     * whenMissing: "skip"
     */
    whenMissing?: pulumi.Input<"error" | "skip"> | undefined;
    /**
     * The MOF file on the host that defines this namespace. It is made to say the same as `requiresEncryption`.
     *
     * Name the file that the product's installer or its users compile: so compiling it again does not weaken the policy.
     *
     * The qualifier on its `instance of __SystemSecurity` in this namespace is set, or such an instance is appended. All else stays byte
     * for byte. The new text's syntax is checked before the file is replaced. Then the file is compiled, all of it. What stood there stays
     * beside it as `FILE.pulumi-wmisec-backup` until the last owner is gone, who puts it back without compiling it.
     *
     * The path is absolute, on a local drive, with backslashes, in ASCII, ends in `.mof`, and has at most 200 characters. The text is
     * ASCII, with bytes of a code page in comments alone, or UTF-16 with a byte order mark; at most 700,000 bytes. Files that it includes
     * are not edited. Only administrators may be able to write to it. One file belongs to one namespace; a resource has at most 4 files.
     *
     * After a refresh the text also says what was found: `C:\Program Files\Contoso\contoso.mof: FALSE`.
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
     * By path from the root, with `/` or `\` between names, in any case. Each namespace once.
     * @example
     * namespaces: {
     *     "root/cimv2": { requiresEncryption: true },
     *     "root/MicrosoftDNS": { requiresEncryption: true, whenMissing: "skip" },
     * }
     */
    namespaces: pulumi.Input<Record<string, pulumi.Input<NamespacePolicyArgs>>>;
    /**
     * Asks the host's event log too, at each refresh and at the end of a create or update.
     *
     * See the output `events`. One request more for each host. Switching it on or off is an update that writes nothing on the host.
     * @default none: the log is not asked
     * @example
     * evidence: { since: "24h" }
     */
    evidence?: pulumi.Input<EvidenceArgs> | undefined;
    /**
     * Shall the flags survive a rebuild of the WMI repository?
     *
     * Windows then compiles the MOF files that the registry lists (`HKLM\SOFTWARE\Microsoft\WBEM\CIMOM`, `Autorecover MOFs`), in the order
     * of that list. A flag that no file of the list sets is lost.
     *
     * `true`: for each namespace a file of ours, `%ProgramFiles%\pulumi-wmisec\root!cimv2.mof`, is compiled and registered. It is drift
     * when file or registration is gone. Both go with the last owner, and all other entries keep their order.
     *
     * A file that stands later in the list and sets the flag of the same namespace wins. A namespace that a rebuild does not bring back has
     * no flag. Whether Windows compiles our file or a copy that it made of it is documented nowhere: a copy of it below
     * `%windir%\System32\wbem\AutoRecover` goes with it where it has the same text.
     *
     * After a refresh the text says what was found: `missing for root/contoso`.
     * @default false
     * @example
     * autorecover: true
     * @see the document "pragma autorecover" of the Windows SDK (MicrosoftDocs/win32 desktop-src/WmiSdk/pragma-autorecover.md)
     */
    autorecover?: pulumi.Input<boolean> | undefined;
    /**
     * What compiles MOF on the host.
     *
     * `"mofcomp"`: mofcomp.exe. `"api"`: the documented COM interface IMofCompiler in our own PowerShell, for hosts where a policy does not
     * let mofcomp.exe start; it needs a C# compiler (Add-Type). Never run on Windows yet. A change of it alone contacts no host.
     * @default "mofcomp"
     * @example
     * compiler: "api"
     */
    compiler?: pulumi.Input<"mofcomp" | "api"> | undefined;
}

/**
 * Which WMI namespaces of one host refuse clients that do not encrypt.
 *
 * Local clients always encrypt and notice nothing, and so does everything that runs on the host over SSH or WinRM. Remote
 * DCOM clients below PktPrivacy are refused: Get-WmiObject without -Authentication PacketPrivacy, many monitoring tools.
 * Find out who they are before you set it on root/cimv2.
 *
 * A namespace that is taken out of the map is put back to what stood there before. Namespaces that Windows ships encrypted
 * (root/cimv2/TerminalServices, root/MSCluster) stay so when a resource that adopted them is deleted.
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
     * So `policy.observed["root/cimv2"]` is `true` where it is encrypted.
     */
    declare readonly observed: pulumi.Output<Record<string, boolean | "absent" | "missing" | "denied" | "contradictory">>;
    /**
     * By the map's keys, one of the statuses: the worst of the flag, the registration and the definition file.
     *
     * For example `{ "root/cimv2": "compliant" }`.
     */
    declare readonly status: pulumi.Output<Record<string, Status>>;
    /**
     * What the event log said when it was last asked, or why it could not be read. Undefined without `evidence`.
     *
     * It changes with the log and is never a reason for an update of this resource.
     */
    declare readonly events: pulumi.Output<NamespaceEvents | { unavailable: string } | undefined>;
    /**
     * With `autorecover`, by the map's keys: what a rebuilt repository gets from our file. `true`, `false`, `"absent"` (no file and not
     * listed), `"incomplete"` (one of both, or another text), `"denied"`.
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
        super(
            "WmiNamespaceSecurity",
            name,
            { observed: undefined, status: undefined, events: undefined, registered: undefined, defined: undefined, ...args },
            opts,
        );
    }
}
