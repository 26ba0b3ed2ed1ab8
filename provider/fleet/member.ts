import { mergedConnection } from "../core/connection/merged";
import { memberOwner } from "../core/ledger/memberOwner";
import { namespacePath } from "../core/namespacePath";
import { sha256 } from "../core/sha256";
import type { Properties } from "../handlers/handler";
import type { FleetHost, FleetInputs } from "../resources/fleetInputs";
import type { NamespaceMap } from "../resources/namespaceMap";

/** The fleet's inputs that each host has unless it has its own. */
const SHARED = ["autorecover", "compiler", "evidence", "onDelete"] as const;

/** What is special about a host; undefined if it is not in the fleet. Hosts may have names such as `constructor`. */
export const hostIn = (hosts: FleetInputs["hosts"], name: string): FleetHost | undefined =>
    Object.hasOwn(hosts, name) ? hosts[name] : undefined;

/** What a fleet declares for one host, as the inputs of `hostPolicy`. Not checked. */
export function memberInputs(fleet: FleetInputs, name: string, host: FleetHost): Properties {
    const inputs: Properties = {
        connection: mergedConnection(fleet.connection ?? {}, { host: name, ...host.connection }),
        owner: memberOwner(fleet.owner, name),
        unreachable: fleet.unreachable ?? "keep",
        namespaces: mergedNamespaces(fleet.namespaces, host.namespaces),
        checkAccess: host.checkAccess ?? fleet.checkAccess,
        ...Object.fromEntries(SHARED.map((input) => [input, fleet[input]])),
    };
    return Object.fromEntries(Object.entries(inputs).filter(([, value]) => value !== undefined));
}

/** A host's own namespaces take the place of the fleet's, however they are spelled. */
function mergedNamespaces(fleet: NamespaceMap | undefined, own: NamespaceMap | undefined): NamespaceMap | undefined {
    if (fleet === undefined || own === undefined) return own ?? fleet;
    const replaced = new Set(Object.keys(own).map((key) => namespacePath(key)));
    return { ...Object.fromEntries(Object.entries(fleet).filter(([key]) => !replaced.has(namespacePath(key)))), ...own };
}

/** The stamp of a host's entries: the same in each run, so that a host that was lost on the way is still known to the fleet. */
export function memberStamp(fleetId: string, name: string): string {
    const hash = sha256(`${fleetId}/${name}`);
    return [hash.slice(0, 8), hash.slice(8, 12), hash.slice(12, 16), hash.slice(16, 20), hash.slice(20, 32)].join("-");
}

/** Whether the host is left out at that time (milliseconds since 1970). */
export const isExempt = ({ exemption }: Pick<FleetHost, "exemption">, now: number): boolean =>
    exemption !== undefined && Date.parse(exemption.until) > now;
