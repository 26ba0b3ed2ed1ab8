/** Two resources a host. */
const { readFileSync } = require("node:fs");
const { entry, hosts, namespaces } = JSON.parse(readFileSync("input.json", "utf8"));
/** @type {typeof import("pulumi-wmisec")} */
const { WmiNamespaceSecurity, UnsecAppPolicy } = require(entry);

const policy = Object.fromEntries(namespaces.map((/** @type {string} */ path) => [path, { requiresEncryption: true }]));
for (const [name, connection] of Object.entries(hosts)) {
    new WmiNamespaceSecurity(name, { connection, namespaces: policy });
    new UnsecAppPolicy(name, { connection, checkAccess: true });
}
