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
 * What can be wrong with a simulated host: everything that can be wrong with its machine, and what can be wrong with the way
 * to it, which for WinRM is in winrmFaults.ts. Where each bites is said here. A host that is down, and a changed host key, are methods of the host.
 */
export interface SimulatorFaults extends MachineFaults, WinrmFaults {
    /** TCP connects and nothing ever comes. Bites when a connection is accepted. */
    silentTcp: NoDetails;
    /** SSH: the host closes the connection without a word (`before`), or after its banner line. Bites when a connection is accepted. */
    closesInBanner: { readonly when: "before" | "after" };
    /** SSH: the host closes the connection when the client's part of the key exchange has come. Bites when a connection is accepted. */
    closesInKeyExchange: NoDetails;
    /** The host closes the connection as soon as somebody has logged in. */
    closesAfterAuthentication: NoDetails;
    /** The connection breaks while PowerShell starts. Bites before the agent's first answer. */
    dropsAtStart: NoDetails;
    /** No credential is good enough. Bites in authentication. */
    authRefused: NoDetails;
    /** The SSH server refuses to start a command: bites in `exec`. The service WinRM refuses remote shells: bites in Create. */
    execRefused: NoDetails;
    /** There is no PowerShell on the host. Bites in the shell that is to start it. */
    powershellMissing: NoDetails;
    /** A process sees what was sent to it only when its input ends. Bites when PowerShell starts. */
    inputOnlyAtEnd: NoDetails;
    /**
     * The process on the host dies; the connection stays and reports its end. `before`: the verb has done nothing; `after`: it has
     * done its work, and no answer comes. `in` an `apply`: `steps` (default 0) of its steps are carried out and the next one has
     * begun: what it writes before its last effect is there and stays, such as the MOF file that was to be compiled. `in` another
     * verb is as `after`. Who dies in an `apply` leaves the mutex abandoned. Bites when a request has been read.
     */
    agentKilled: OfVerb & { readonly when: "before" | "in" | "after"; readonly steps?: number };
    /**
     * A verb never comes back by itself. `before`: it has done nothing; `after`: it has done its work.
     * Bites when a request has been read.
     */
    verbHangs: OfVerb & { readonly when: "before" | "after" };
    /**
     * The connection breaks. `beforeVerb`: the request was lost; `beforeAnswer`: its work is done, the answer was lost;
     * `afterAnswer`: the answer got through. Bites when a request has been read.
     */
    connectionDrops: OfVerb & { readonly when: "beforeVerb" | "beforeAnswer" | "afterAnswer" };
    /** Milliseconds before each step of an `apply` and before each look. Bites there. */
    slow: { readonly ms: number };
    /** The work is done, and its answer comes this many milliseconds later. Bites when an answer is to be sent. */
    answerLate: OfVerb & { readonly ms: number };
    /** Half of the answer is sent, then the process ends. Bites when an answer is to be sent. */
    answerTruncated: OfVerb;
    /** Instead of the answer comes a frame larger than any that our side takes. Bites when an answer is to be sent. */
    answerOversized: OfVerb;
    /** Instead of the answer comes a frame that is not JSON. Bites when an answer is to be sent. */
    answerNotJson: OfVerb;
    /** The answer says that it is another request's. Bites when it is to be sent. */
    answerOfAnotherId: OfVerb;
    /**
     * The host lies: instead of doing what it was asked for, it answers with terminal escapes and with these texts, where our side
     * shows what a host says. `failure`: as the failure of any verb. To an `observe`: as the failure of each reading, or as the
     * `ledger`'s entries for the namespaces that it asks for. To an `apply`: as what was `unexpected`ly found in the first step,
     * or as the output of a `mofcomp` that refused it. Bites when such a request has been read.
     */
    answerHostile: { readonly where: HostileText; readonly texts: readonly string[] };
}
