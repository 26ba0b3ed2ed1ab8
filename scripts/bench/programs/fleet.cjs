/** One resource for all hosts. */
const { readFileSync } = require("node:fs");
const { FleetEncryptionPolicy } = require("pulumi-wmisec");
const { hosts, namespaces } = JSON.parse(readFileSync("input.json", "utf8"));

new FleetEncryptionPolicy("fleet", {
    hosts: Object.fromEntries(Object.entries(hosts).map(([name, connection]) => [name, { connection }])),
    namespaces: Object.fromEntries(namespaces.map((/** @type {string} */ path) => [path, { requiresEncryption: true }])),
    checkAccess: true,
    concurrency: 64,
});
