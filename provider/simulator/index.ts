import { SimulatedHost, type SimulatedHostOptions } from "./simulatedHost";

export type { RegistryData, RegistryValue } from "../core/registry";
export type { MachineFacts } from "../core/wire/machine";
export type { FlagReadings } from "../core/wire/namespaceFlag";
export type { BehindOurBack } from "../model/behindOurBack";
export type { EventLog, LoggedEvent } from "../model/eventLog";
export type { FaultTable } from "../model/faultTable";
export type { Files, StoredFile } from "../model/files";
export type { MachineFaults } from "../model/machineFaults";
export type { HowReleased, NamedMutex } from "../model/namedMutex";
export type { InstanceReading } from "../model/namespaceTree";
export type { WindowsMachine, WindowsMachineOptions } from "../model/windowsMachine";
export type { FlagState, Write, WriteLog } from "../model/writeLog";
export { type Certificate, type CertificateOptions, newCertificate } from "./certificate";
export type { DefaultShell } from "./commandLine";
export type { Counters } from "./counters";
export type { HostileText, OfVerb, SimulatorFaults } from "./faults";
export { type KeyPair, newKeyPair } from "./keyPair";
export type { SimulatedHost, SimulatedHostOptions } from "./simulatedHost";
export type { LoginMethod, SimulatedUser } from "./simulatedUser";
export type { WinrmLimits } from "./winrm/limits";
export type { WinrmLogin } from "./winrm/login";
export type { ChannelBinding } from "./winrm/ntlmAcceptor";
export type { HttpAnswer, OfMessage, WinrmFaults, WinrmMessage, WrongChallenge, WrongSeal, WrongXml } from "./winrmFaults";
export type { SimulatedWinrmOptions } from "./winrmListener";

/**
 * Starts a simulated Windows host: a server of SSH or WinRM on a loopback address of its own, in front of a model of the parts of Windows that
 * encryption policy reads and writes. Give its `connection` to a resource, run your program, and check `machine` and `writes`.
 * Where the documents leave open what Windows does, the model is stricter than Windows may be.
 *
 * It runs in this process, and keeps it alive until `await host.stop()`.
 *
 * @example
 * const host = await startSimulatedHost({ machine: { namespaces: { "root/Contoso": null } } });
 * host.connection;                                            // { host: "127.66.4.1", port: 40123, user, password, hostKey }
 * host.machine.flag("root/Contoso");                          // null; true after `pulumi up`
 * host.writes.items.length;                                   // what `pulumi up` wrote, without the ledger
 * host.machine.behindOurBack.setFlag("root/Contoso", false);  // drift
 * host.machine.rebuildRepository();                           // drift, too: unregistered flags are lost
 * host.machine.files.list();                                  // paths of MOF files, ours and others
 * host.faults.on("mofcompExit", { exit: 3 }, 1);              // the next mofcomp fails
 * host.faults.on("agentKilled", { verb: "apply", when: "in", steps: 1 }, 1); // the next write is cut off after one step
 * await host.stop();
 *
 * @throws the system's error if a given address and port can't be used
 */
export async function startSimulatedHost(options: SimulatedHostOptions = {}): Promise<SimulatedHost> {
    const [host] = await startSimulatedHosts([options]);
    return host as SimulatedHost;
}

/**
 * Starts several hosts at once.
 * @param hosts a number of hosts, or the options of each host
 * @param common options for all of them; a host's own options come first
 * @example
 * const hosts = await startSimulatedHosts(10, { transport: "winrm" });
 * await Promise.all(hosts.map((host) => host.stop()));
 */
export async function startSimulatedHosts(
    hosts: number | readonly SimulatedHostOptions[],
    common: SimulatedHostOptions = {},
): Promise<readonly SimulatedHost[]> {
    const own = typeof hosts === "number" ? Array.from({ length: hosts }, (): SimulatedHostOptions => ({})) : hosts;
    const all = own.map((options) => ({ ...common, ...options }));
    const made = all.map((options, index) => new SimulatedHost(options.name ?? `sim-${String(index + 1).padStart(2, "0")}`, options));
    const started = await Promise.allSettled(made.map((host) => host.up()));
    const failed = started.find((one) => one.status === "rejected");
    if (failed !== undefined) {
        await Promise.all(made.map((host) => host.stop()));
        throw failed.reason;
    }
    return made;
}
