import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as wmisec from "pulumi-wmisec";
import { hostsOfShard, type Inventory } from "./shards";

const config = new pulumi.Config();
const inventory: Inventory<wmisec.FleetHostArgs> = JSON.parse(readFileSync(resolve(__dirname, "inventory.json"), "utf8"));

const fleet = new wmisec.FleetEncryptionPolicy("fleet", {
    hosts: hostsOfShard(inventory, config.requireNumber("shard")),
    namespaces: {
        "root/cimv2": { requiresEncryption: true },
        // A role's namespace: fine where the role is not installed.
        "root/MicrosoftDNS": { requiresEncryption: true, whenMissing: "skip" },
    },
    rings: [
        { name: "canary", percent: 2 },
        { name: "broad", maxFailures: "2%" },
    ],
    maxUnreachable: "10%",
    allowHostLoss: config.requireBoolean("allowHostLoss"),
});

export const { counts, drift, errors, haltedAt } = fleet;
