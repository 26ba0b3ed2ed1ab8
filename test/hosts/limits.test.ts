import { connectHosts, type Hosts } from "../../provider/connect";
import { formatEntry } from "../../provider/core/ledger/entry";
import { MAX_LEDGER_ENTRIES, MAX_NAMESPACES } from "../../provider/core/limits";
import { LEDGER_KEY } from "../../provider/core/registry";
import { machineIdentity } from "../../provider/core/wire/machine";
import { Handler, type Properties } from "../../provider/handlers/handler";
import { specOf } from "../../provider/resources";
import { type SimulatedHost, startSimulatedHost } from "../../provider/simulator";
import { codeOf } from "../errors";
import { inputs, requiring } from "../inputs";

/** The product over real sessions at its own bounds: what is accepted can be made, healed and taken back, and what is not is refused. */

const OWNER = "acme/urn:pulumi:production::fleet::pulumi-nodejs:dynamic/wmisec:WmiNamespaceSecurity::web-07";

let hosts: Hosts;
let host: SimulatedHost;
let lives = 0;

const paths = (prefix: string, count: number) =>
    Array.from({ length: count }, (_, index) => `root/Contoso/${prefix}${String(index).padStart(4, "0")}`);

async function start(namespaces: readonly string[]): Promise<Handler> {
    host = await startSimulatedHost({ machine: { namespaces: Object.fromEntries(namespaces.map((path) => [path, null])) } });
    hosts = connectHosts(() => undefined, { PATH: process.env["PATH"], SSH_AUTH_SOCK: "" });
    const { host: over, evict, forget, strict } = hosts;
    const silent = async () => undefined;
    return new Handler(specOf("WmiNamespaceSecurity"), {
        host: over,
        evict,
        forget,
        strict,
        previewHosts: false,
        stopping: new AbortController().signal,
        release: () => undefined,
        now: () => "2026-01-02T03:04:05.000Z",
        newId: () => `life-${++lives}`,
        beforeWrite: silent,
        log: { info: silent, warn: silent, passing: silent, unreachable: silent },
    });
}

afterEach(async () => {
    await hosts.closeAll();
    await host.stop();
});

const policy = (paths: readonly string[], more: object = {}): Properties =>
    inputs(requiring(paths), { connection: host.connection, owner: OWNER, ...more });
const entries = () => Object.keys(host.machine.ledger()).length;

test("as many namespaces as one resource may have, with registrations, are made, healed and put back", async () => {
    const all = paths("Product", MAX_NAMESPACES);
    const handler = await start(all);
    const declared = policy(all, { autorecover: true });
    const { id, outs } = await handler.create(declared);
    expect(entries()).toBe(2 * MAX_NAMESPACES);
    for (const path of all) host.machine.behindOurBack.setFlag(path, false);
    const healed = await handler.update(id, { ...outs, incomplete: true }, declared);
    expect(all.filter((path) => host.machine.flag(path) !== true)).toEqual([]);
    const { outs: read } = await handler.read(id, healed);
    await handler.delete(id, read);
    expect([entries(), all.filter((path) => host.machine.flag(path) === true)]).toEqual([0, []]);
}, 300_000);

/** Entries of somebody else, as an older release may have written more of than there is room for. */
function othersEntries(count: number): void {
    const entry = formatEntry({
        v: 1,
        machine: machineIdentity(host.machine.facts()),
        before: "absent",
        written: true,
        owners: [{ owner: "acme/other", stamp: "s", wants: true }],
        since: "2026-01-01T00:00:00.000Z",
    });
    for (const path of paths("Other", count))
        host.machine.behindOurBack.setValue(LEDGER_KEY, `namespace:${path.toLowerCase()}`, { kind: "REG_SZ", value: entry });
}

test("resources that are made at the same moment never overfill the ledger: what does not fit writes nothing, the rest goes", async () => {
    const sets = [0, 1, 2, 3].map((set) => paths(`P${set}n`, 50));
    const handler = await start(sets.flat());
    othersEntries(MAX_LEDGER_ENTRIES - 170);
    const made = await Promise.allSettled(
        sets.map((set, index) => handler.create(policy(set, { owner: `acme/urn:pulumi:s::p::t::r${index}` }))),
    );
    // A PartialFailure would be a resource of which something was written.
    expect(made.flatMap((one) => (one.status === "rejected" ? [[one.reason.name, one.reason.code]] : []))).toEqual([
        ["WmisecError", "ledgerFull"],
    ]);
    expect(entries()).toBe(MAX_LEDGER_ENTRIES - 20);
    for (const one of made) if (one.status === "fulfilled") await handler.delete(one.value.id, one.value.outs);
    expect([entries(), sets.flat().filter((path) => host.machine.flag(path) === true)]).toEqual([MAX_LEDGER_ENTRIES - 170, []]);
}, 120_000);

test("a ledger that an older release made too large can be read and emptied, and nothing is added to it", async () => {
    const [mine = "", more = ""] = paths("Mine", 2);
    const handler = await start([mine, more]);
    const { id, outs } = await handler.create(policy([mine]));
    othersEntries(MAX_LEDGER_ENTRIES + 500);
    const { outs: read } = await handler.read(id, outs);
    expect(read["status"]).toEqual({ [mine]: "compliant" });
    expect(await codeOf(handler.update(id, read, policy([mine, more])))).toBe("ledgerFull");
    await handler.delete(id, read);
    expect([entries(), host.machine.flag(mine)]).toEqual([MAX_LEDGER_ENTRIES + 500, false]);
}, 120_000);
