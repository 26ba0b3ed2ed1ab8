// @ts-check
/**
 * The baseline of ../bench.mjs: a dynamic provider that keeps nothing between two actions, like tools that run a script on the host for each
 * action. Every action opens an SSH connection, logs in, starts a PowerShell process, and ends both. The rest is the same as with our provider:
 * the engine, a TypeScript program, two resources for each host, our sessions and our agent. The baseline keeps no ledger; it restores the known
 * defaults of Windows.
 *
 * It is CommonJS, because the engine's plugin process loads it with `require`.
 */
const { randomUUID } = require("node:crypto");
const { homedir } = require("node:os");
const { startAgent } = require("../../dist/provider/agent/client.js");
const { agentCommand } = require("../../dist/provider/agent/command.js");
const { writeStep } = require("../../dist/provider/core/items/itemState.js");
const { observeRequestFor } = require("../../dist/provider/core/items/item.js");
const { namespaceItem } = require("../../dist/provider/core/items/namespaceFlag.js");
const { UNSEC_APP_ITEM } = require("../../dist/provider/core/items/registryValue.js");
const { recordedState } = require("../../dist/provider/core/ledger/record.js");
const { namespacePath } = require("../../dist/provider/core/namespacePath.js");
const { AgentHost } = require("../../dist/provider/hosts/agentHost.js");
const { makeServices } = require("../../dist/provider/sessions/services.js");
const { SshSessions } = require("../../dist/provider/sessions/sshSessions.js");

/**
 * @typedef {import("../../dist/provider/core/connection/index.js").Connection} Connection
 * @typedef {import("../../dist/provider/core/items/kind.js").Item} Item
 * @typedef {import("../../dist/provider/core/items/kinds.js").ItemValue} ItemValue
 * @typedef {{ connection: Connection, kind: "flag" | "value" }} Props
 */

/** @type {Record<Props["kind"], { item: Item, declared: ItemValue, before: ItemValue }>} */
const KINDS = {
    flag: { item: namespaceItem(namespacePath("root/cimv2")), declared: true, before: false },
    value: { item: UNSEC_APP_ITEM, declared: { kind: "REG_SZ", value: "1" }, before: "absent" },
};

exports.provider = {
    create: async (/** @type {Props} */ props) => {
        await write(props, "declared");
        return { id: randomUUID(), outs: props };
    },
    read: async (/** @type {string} */ id, /** @type {Props} */ props) => {
        await look(props);
        return { id, props };
    },
    delete: async (/** @type {string} */ _id, /** @type {Props} */ props) => write(props, "before"),
};

/** @param {Props} props */
function look({ connection, kind }) {
    const { item } = KINDS[kind];
    return action(connection, async (host) => recordedState(item, await host.observe(observeRequestFor([item]))));
}

/**
 * Reads, and then writes.
 * @param {Props} props
 * @param {"declared" | "before"} to
 */
async function write(props, to) {
    const { item, [to]: value } = KINDS[props.kind];
    const step = writeStep(value, await look(props), "mofcomp");
    const { stopped } = await action(props.connection, (host) => host.apply([step], observeRequestFor([item])));
    if (stopped !== null) throw new Error(`${props.connection.host}: ${JSON.stringify(stopped)}`);
}

/**
 * @template T
 * @param {Connection} connection
 * @param {(host: InstanceType<typeof AgentHost>) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function action(connection, work) {
    const sessions = new SshSessions(makeServices({ env: process.env, home: homedir(), warn: console.warn }));
    const host = new AgentHost(connection.host, async () => startAgent(await sessions.open(connection, agentCommand())));
    try {
        return await work(host);
    } finally {
        await host.close();
        await sessions.closeAll();
    }
}
