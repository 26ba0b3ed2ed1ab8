/** One resource for all hosts. */
const { readFileSync } = require("node:fs");
const { FleetEncryptionPolicy } = require("pulumi-wmisec");
const { connection, hosts, namespaces } = JSON.parse(readFileSync("input.json", "utf8"));

new FleetEncryptionPolicy("fleet", {
    connection,
    hosts: Object.fromEntries(Object.entries(hosts).map(([name, own]) => [name, { connection: own }])),
    namespaces: Object.fromEntries(namespaces.map((/** @type {string} */ path) => [path, { requiresEncryption: true }])),
    checkAccess: true,
    concurrency: 64,
});
