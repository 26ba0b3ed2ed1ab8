/** A command for each setting of each host. */
const { readFileSync } = require("node:fs");
const { remote } = require("@pulumi/command");
const { hosts, settings } = JSON.parse(readFileSync("input.json", "utf8"));

for (const [name, connection] of Object.entries(hosts))
    for (const { title, create, remove } of settings) new remote.Command(`${name} ${title}`, { connection, create, delete: remove });
