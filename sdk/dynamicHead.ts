import { createRequire } from "node:module";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import { connectionInputs } from "./connectionInputs";
import type { Head } from "./head";

/** By a dynamic provider: the engine runs the package that is installed beside the program. */
export const dynamicHead: Head = ({ kind, name, connection, opts }) => {
    if (!isMocked()) requireInstalled();
    refuseImport(kind, name, opts);
    const type = `pulumi-nodejs:dynamic/wmisec:${kind}`;
    return {
        type,
        inputs: {
            connection: connectionInputs(connection),
            owner: ownerOf(type, name, opts?.parent),
            __provider: providerText(kind),
        },
        options: opts,
    };
};

/**
 * The only code that the state stores. Frozen: a change would update every resource of every user.
 */
export const providerText = (kind: string): string => `exports.handler=()=>require("pulumi-wmisec/provider").handler("${kind}")`;

/** Unique in an organization, because a URN is unique in a stack. */
function ownerOf(type: string, name: string, parent: pulumi.Resource | undefined): pulumi.Input<string> {
    const organization = isMocked() ? mockedOrganization() : pulumi.getOrganization();
    // As text, because most resources have no parent, and each output costs time.
    if (parent === undefined) return `${organization}/urn:pulumi:${pulumi.getStack()}::${pulumi.getProject()}::${type}::${name}`;
    // A promise, because an output would make the resource depend on its own parent.
    const parentUrn = new Promise<string>((resolve) => parent.urn.apply(resolve));
    return pulumi.interpolate`${organization}/${pulumi.createUrn(name, type, parentUrn)}`;
}

/** In a unit test with mocks no engine runs, and no plugin starts. */
const isMocked = (): boolean => pulumi.runtime.getMonitor() instanceof MockMonitor;

function mockedOrganization(): string {
    try {
        return pulumi.getOrganization();
    } catch {
        // The SDK throws if `setMocks` was not given an organization.
        return "organization";
    }
}

/**
 * Without this, the engine would try to start our code without its `__provider`, and print a stack trace.
 * @throws RunError, which the CLI prints without a stack trace.
 */
function refuseImport(kind: string, name: string, opts: pulumi.CustomResourceOptions | undefined): void {
    if (opts?.import === undefined) return;
    throw new pulumi.RunError(
        `${kind} ${name}: the option import is not supported, because dynamic providers can't import. Take it out: ` +
            "pulumi up adopts what the host has, and writes nothing if that is as declared",
    );
}

let installedFor: string | undefined;

/**
 * Fails in the program, not later in the plugin's process at the first create.
 * @throws Error when the program's folder has no pulumi-wmisec.
 */
function requireInstalled(): void {
    const folder = process.cwd();
    if (folder === installedFor) return;
    try {
        createRequire(join(folder, "program.js")).resolve("pulumi-wmisec/provider");
    } catch {
        throw new Error(`the engine would not find pulumi-wmisec from ${folder}: add it to your project (npm install pulumi-wmisec)`);
    }
    installedFor = folder;
}
