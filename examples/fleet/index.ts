import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as wmisec from "pulumi-wmisec";

/** The hosts by name, each with what is special about it: a ring, namespaces of its own, an exemption. */
const inventory = resolve(__dirname, new pulumi.Config().require("inventory"));
const hosts: Record<string, wmisec.FleetHostArgs> = JSON.parse(readFileSync(inventory, "utf8"));

const fleet = new wmisec.FleetEncryptionPolicy("fleet", {
    hosts,
    namespaces: {
        "root/cimv2": { requiresEncryption: true },
        // Windows ships it encrypted. Declared here, so that you see drift if somebody weakens it.
        "root/cimv2/TerminalServices": { requiresEncryption: true, whenMissing: "skip" },
    },
    rings: [{ name: "canary" }, { name: "broad", maxFailures: "5%" }],
    maxUnreachable: "10%",
    maxWeaken: 0,
});

export const counts = fleet.counts;
