import * as pulumi from "@pulumi/pulumi";
import * as wmisec from "pulumi-wmisec";

// pulumi config set host web-07.contoso.test
// pulumi config set wmisec:user 'CONTOSO\svc-pulumi'
// pulumi config set wmisec:privateKeyFile '~/.ssh/fleet'
const connection = { host: new pulumi.Config().require("host") };

const namespaces = new wmisec.WmiNamespaceSecurity("web-07", {
    connection,
    namespaces: {
        "root/cimv2": { requiresEncryption: true },
        // A role's namespace: fine where the role is not installed.
        "root/MicrosoftDNS": { requiresEncryption: true, whenMissing: "skip" },
    },
});

const sinks = new wmisec.UnsecAppPolicy("web-07", { connection, checkAccess: true });

export const observed = namespaces.observed;
export const before = namespaces.before;
export const effects = sinks.effects;
