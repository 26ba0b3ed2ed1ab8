import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as wmisec from "pulumi-wmisec";

interface Host extends wmisec.ConnectionArgs {
    name: string;
    /** Namespaces that only this host has. */
    namespaces?: string[];
    /** `true` for hosts that make asynchronous WMI calls, such as management stations. */
    checkSinkAccess?: boolean;
}

const inventory = resolve(__dirname, new pulumi.Config().require("inventory"));
const hosts: Host[] = JSON.parse(readFileSync(inventory, "utf8"));

const encrypted = { requiresEncryption: true };
const policies: wmisec.WmiNamespaceSecurity[] = [];

for (const { name, namespaces = [], checkSinkAccess = false, ...connection } of hosts) {
    policies.push(
        new wmisec.WmiNamespaceSecurity(name, {
            connection,
            namespaces: {
                "root/cimv2": encrypted,
                // Windows ships it encrypted. Declared here, so that you see drift if somebody weakens it.
                "root/cimv2/TerminalServices": { ...encrypted, whenMissing: "skip" },
                ...Object.fromEntries(namespaces.map((path) => [path, encrypted])),
            },
        }),
    );
    new wmisec.UnsecAppPolicy(name, { connection, checkAccess: checkSinkAccess });
}

export const status = pulumi.all(policies.map(({ status }) => status));
