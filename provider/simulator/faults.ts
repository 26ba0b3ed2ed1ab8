import type { Verb } from "../agent/protocol";
import type { MachineFaults, Nothing } from "../model/machineFaults";

/**
 * What can be wrong with a simulated host: everything that can be wrong with its machine, and what can be wrong with the way
 * to it. Where each bites is said here. A host that is down, and a changed host key, are methods of the host.
 */
export interface SimulatorFaults extends MachineFaults {
    /** TCP connects and nothing ever comes. Bites when a connection is accepted. */
    silentTcp: Nothing;
    /** The connection breaks while PowerShell starts. Bites before the agent's first answer. */
    dropsAtStart: Nothing;
    /** No credential is good enough. Bites in authentication. */
    authRefused: Nothing;
    /** The SSH server refuses to start a command. Bites in `exec`. */
    execRefused: Nothing;
    /** There is no PowerShell on the host. Bites in the shell that `exec` starts. */
    powershellMissing: Nothing;
    /**
     * A verb never comes back by itself; without `verb`, any. `before`: it has done nothing; `after`: it has done its work.
     * Bites when a request has been read.
     */
    verbHangs: { readonly verb?: Verb; readonly when: "before" | "after" };
    /**
     * The connection breaks. `beforeVerb`: the request was lost; `beforeAnswer`: its work is done, the answer was lost;
     * `afterAnswer`: the answer got through. Without `verb`, any. Bites when a request has been read.
     */
    connectionDrops: { readonly verb?: Verb; readonly when: "beforeVerb" | "beforeAnswer" | "afterAnswer" };
}
