import type * as pulumi from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";

export const ORGANIZATION = "acme";
export const PROJECT = "fleet";
export const STACK = "prod";

/** What a program hands to the engine for one resource. */
export interface Registered {
    readonly type: string;
    readonly name: string;
    /** As on the wire, but a secret is written `{ secret: VALUE }`, so that a reader sees how much is inside. */
    readonly inputs: Readonly<Record<string, unknown>>;
    /** URNs, besides the parent's. */
    readonly dependsOn: readonly string[];
}

/** The wire's marks: a signature under this key says what the object is (pulumi/pulumi sdk/nodejs/runtime/rpc.ts). */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

const seen: Registered[] = [];

/** Call in `beforeEach`: a new program, with this stack configuration. */
export async function newProgram(config: Record<string, string> = {}, secretKeys: string[] = []): Promise<void> {
    seen.length = 0;
    jest.restoreAllMocks();
    const register = MockMonitor.prototype.registerResource;
    // The mocks' own view joins secrets upwards: which field was secret shows on the wire only.
    jest.spyOn(MockMonitor.prototype, "registerResource").mockImplementation(function (this: MockMonitor, request, callback) {
        seen.push({
            type: request.getType(),
            name: request.getName(),
            inputs: shown(request.getObject().toJavaScript()) as Registered["inputs"],
            dependsOn: request.getDependenciesList(),
        });
        return register.call(this, request, callback);
    });
    await runtime.setMocks(
        { newResource: ({ name, inputs }) => ({ id: `id of ${name}`, state: inputs }), call: () => ({}) },
        PROJECT,
        STACK,
        false,
        ORGANIZATION,
    );
    runtime.setAllConfig(config, secretKeys);
}

/** What was registered for a resource, once it was. */
export async function registered(resource: pulumi.Resource): Promise<Registered & { readonly urn: string }> {
    const urn = await new Promise<string>((resolve) => resource.urn.apply(resolve));
    const [found, ...more] = seen.filter(({ type, name }) => urn.split("::")[2]?.split("$").at(-1) === type && urn.split("::")[3] === name);
    if (found === undefined || more.length > 0) throw new Error(`${more.length + 1} registrations of ${urn}`);
    return { ...found, urn };
}

function shown(value: unknown): unknown {
    if (Array.isArray(value)) return value.map(shown);
    if (typeof value !== "object" || value === null) return value;
    if (Reflect.get(value, SIGNATURE) === SECRET) return { secret: shown(Reflect.get(value, "value")) };
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, shown(inner)]));
}
