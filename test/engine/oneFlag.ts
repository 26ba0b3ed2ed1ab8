import type { SimulatedHost } from "../../provider/simulator";

/** A policy about one flag of a host, and what can be said of it from outside. */
export const policy = (name: string, more = "", host = "web01") =>
    `new wmisec.WmiNamespaceSecurity("${name}", { connection: hosts.${host}, namespaces: { "root/Contoso": { requiresEncryption: true } } }${more});`;

/** Every state that the flag was in since the host was started: null before, true from the first up on. */
export const neverUnencrypted = (host: SimulatedHost) => expect(host.writes.flagHistory("root/Contoso")).toEqual([null, true]);

/** As the very first up found it: FALSE stands for the absence that mofcomp can't put back. */
export function restored(host: SimulatedHost): void {
    expect(host.machine.flag("root/Contoso")).toBe(false);
    expect(host.machine.ledger()).toEqual({});
}
