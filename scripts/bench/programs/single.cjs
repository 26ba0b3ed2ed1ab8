/** Two resources a host. */
const { readFileSync } = require("node:fs");
const { WmiNamespaceSecurity, UnsecAppPolicy } = require("pulumi-wmisec");
const { hosts, namespaces } = JSON.parse(readFileSync("input.json", "utf8"));

const policy = Object.fromEntries(namespaces.map((/** @type {string} */ path) => [path, { requiresEncryption: true }]));
for (const [name, connection] of Object.entries(hosts)) {
    new WmiNamespaceSecurity(name, { connection, namespaces: policy });
    new UnsecAppPolicy(name, { connection, checkAccess: true });
}
