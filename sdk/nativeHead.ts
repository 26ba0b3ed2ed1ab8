import * as pulumi from "@pulumi/pulumi";
import { connectionInputs } from "./connectionInputs";
import type { Head } from "./head";

/** By the native plugin, which computes the owner, and has defaults for connections from its own configuration. */
export const nativeHead: Head = ({ kind, connection, opts }) => ({
    type: `wmisec:index:${kind}`,
    inputs: { connection: connectionInputs(connection, {}) },
    // The same resource under its name in the dynamic provider.
    options: pulumi.mergeOptions({ aliases: [{ type: `pulumi-nodejs:dynamic/wmisec:${kind}` }] }, opts),
});
