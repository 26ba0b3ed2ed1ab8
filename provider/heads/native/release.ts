import { createRequire } from "node:module";

/** What is known of this release. A bundle has it in itself. */
interface Release {
    readonly version: string;
    /** Where engines and SDKs get the plugin from. Only an executable of a release knows. */
    readonly downloadUrl?: string | undefined;
}

const { version } = createRequire(__filename)("pulumi-wmisec/package.json") as { readonly version: string };

export const release: Release = { version };
