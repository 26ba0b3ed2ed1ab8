import * as pulumi from "@pulumi/pulumi";
import { SOURCES } from "../provider/core/connection/configurable";
import { connectionFields } from "../provider/core/connection/fields";
import type { ConnectionArgs, SecretReference } from "./connectionArgs";

/**
 * What a provider takes: defaults for the connections of its resources. Credentials stay in the provider: no resource's state has a copy.
 * @example
 * user: "CONTOSO\\svc-pulumi",
 * privateKey: { file: "~/.ssh/fleet" }
 */
export interface ProviderArgs extends ConnectionArgs {
    /**
     * The first part of every owner in the hosts' ledgers. Set it to `pulumi.getOrganization()` if two organizations manage the same hosts.
     * @default "organization"
     * @example
     * organization: pulumi.getOrganization()
     */
    organization?: pulumi.Input<string> | undefined;
    /**
     * Whether a plain preview or update reads each host first, so that it shows drift.
     *
     * Each resource notes this in the state at its next create, update or refresh. Such a state needs a Pulumi CLI 3.172 or newer.
     * @default false
     * @example
     * lookFirst: true
     */
    lookFirst?: pulumi.Input<boolean> | undefined;
}

/** As the plugin's configuration has it: lists and objects as JSON, references to secrets under keys of their own. */
export function providerInputs({ organization, lookFirst, ...connection }: ProviderArgs): Record<string, unknown> {
    const settings = connectionFields.map(([name, { value }]) => SETTINGS[value](name, Reflect.get(connection, name)));
    return Object.assign({ organization, lookFirst }, ...settings) as Record<string, unknown>;
}

type Settings = (name: string, value: unknown) => Record<string, unknown>;

const asIs: Settings = (name, value) => ({ [name]: value });

const asJson: Settings = (name, value) => ({
    [name]: pulumi
        .output(value as pulumi.Input<object | string | undefined>)
        .apply((known) => (known === undefined || typeof known === "string" ? known : JSON.stringify(known))),
});

const SETTINGS: Readonly<Record<(typeof connectionFields)[number][1]["value"], Settings>> = {
    text: asIs,
    number: asIs,
    texts: asJson,
    secret: (name, value) => {
        const known = pulumi.output(value as pulumi.Input<string | SecretReference | undefined>);
        const source = (key: keyof typeof SOURCES) =>
            known.apply((one) => (typeof one === "object" ? (Reflect.get(one, key) as unknown) : undefined));
        return {
            [name]: known.apply((one) => (typeof one === "string" ? pulumi.secret(one) : undefined)),
            [`${name}${SOURCES.env}`]: source("env"),
            [`${name}${SOURCES.file}`]: source("file"),
            [`${name}${SOURCES.command}`]: source("command").apply((command) =>
                command === undefined ? undefined : JSON.stringify(command),
            ),
        };
    },
    endpoint: (name, value) => {
        const { [name]: text } = asJson(name, value);
        return { [name]: pulumi.secret(text) };
    },
};
