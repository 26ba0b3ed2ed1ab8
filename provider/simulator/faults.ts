import type { Verb } from "../agent/protocol";
import type { MachineFaults, NoDetails } from "../model/machineFaults";
import type { WinrmFaults } from "./winrmFaults";

/** Where a lying host puts its text. */
export type HostileText = "failure" | "reading" | "ledger" | "unexpected" | "mofcomp";

/** Which requests a fault is about; without `verb`, any. */
export interface OfVerb {
    readonly verb?: Verb;
}

/**
 * The faults of a simulated host: those of its machine, and those of the connection to it, of which WinRM's are in
 * winrmFaults.ts. Each says when it takes effect ("bites").
 * To switch a host off, or to change its host key, use the host's methods.
 */
export interface SimulatorFaults extends MachineFaults, WinrmFaults {
    /** TCP connects, then nothing is sent. Bites when a connection is accepted. */
    silentTcp: NoDetails;
    /** SSH: the host closes the connection at once (`before`), or after its banner line. Bites when a connection is accepted. */
    closesInBanner: { readonly when: "before" | "after" };
    /** SSH: the host closes the connection after the client's part of the key exchange. Bites when a connection is accepted. */
    closesInKeyExchange: NoDetails;
    /** The host closes the connection right after a login. */
    closesAfterAuthentication: NoDetails;
    /** The connection breaks while PowerShell starts. Bites before the agent's first answer. */
    dropsAtStart: NoDetails;
    /** The host refuses every credential. Bites in authentication. */
    authRefused: NoDetails;
    /** The SSH server refuses to start a command: bites in `exec`. The service WinRM refuses remote shells: bites in Create. */
    execRefused: NoDetails;
    /** There is no PowerShell on the host. Bites in the shell that is to start it. */
    powershellMissing: NoDetails;
    /** A process gets its input only when that ends. Bites when PowerShell starts. */
    inputOnlyAtEnd: NoDetails;
    /**
     * The process on the host dies; the connection stays and reports its end. `before`: the verb has done nothing. `after`: it has
     * done its work, and no answer comes. `in` an `apply`: `steps` (default 0) of its steps are done, and the next one has
     * begun. What that step writes before its last effect stays, such as the MOF file to compile. `in` another
     * verb is like `after`. A process that dies in an `apply` leaves the mutex abandoned. Bites when a request has been read.
     */
    agentKilled: OfVerb & { readonly when: "before" | "in" | "after"; readonly steps?: number };
    /**
     * A verb never ends by itself. `before`: it has done nothing; `after`: it has done its work.
     * Bites when a request has been read.
     */
    verbHangs: OfVerb & { readonly when: "before" | "after" };
    /**
     * The connection breaks. `beforeVerb`: the request was lost; `beforeAnswer`: its work is done, the answer was lost;
     * `afterAnswer`: the answer got through. Bites when a request has been read.
     */
    connectionDrops: OfVerb & { readonly when: "beforeVerb" | "beforeAnswer" | "afterAnswer" };
    /** Milliseconds of delay before each step of an `apply`, and before each read. Bites there. */
    slow: { readonly ms: number };
    /** The answer comes so many milliseconds after the work is done. Bites before an answer is sent. */
    answerLate: OfVerb & { readonly ms: number };
    /** Half of the answer is sent, then the process ends. Bites before an answer is sent. */
    answerTruncated: OfVerb;
    /** The host sends a frame above our limit instead of the answer. Bites before an answer is sent. */
    answerOversized: OfVerb;
    /** The host sends a frame that is not JSON instead of the answer. Bites before an answer is sent. */
    answerNotJson: OfVerb;
    /** The answer has the id of another request. Bites before an answer is sent. */
    answerOfAnotherId: OfVerb;
    /**
     * The host lies: it does nothing, and answers with terminal escapes and with these texts, in a place whose text our side
     * shows. `failure`: the failure of any verb. `reading`: the failure of each reading of an `observe`. `ledger`: the ledger's
     * entries for the namespaces of an `observe`. `unexpected`: the value found in the first step of an `apply`.
     * `mofcomp`: the output of a refusing mofcomp in an `apply`. Bites when such a request has been read.
     */
    answerHostile: { readonly where: HostileText; readonly texts: readonly string[] };
}
