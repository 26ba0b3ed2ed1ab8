import type { z } from "zod";
import { parsed } from "../core/text/plainWords";
import { propertyPath } from "../core/text/propertyPath";
import type { DescribedResource } from "../resources/resource";
import type { Properties } from "./handler";

/** What is wrong with one input. */
export interface Failure {
    /** Where, from the resource's inputs on. */
    readonly path: readonly PropertyKey[];
    /** Goes on behind the path's text. Holds no input's value: it may be a secret. */
    readonly reason: string;
}

export interface Checked {
    /** What the engine is to store. */
    readonly inputs: Properties;
    readonly failures: readonly Failure[];
}

/**
 * The inputs as they are to be stored, and what is wrong with them as far as they are known. No network, no clock, no environment.
 * @param isUnknown tells the engine's stand-in for a value that a preview does not know yet.
 */
export function check(spec: Pick<DescribedResource, "inputs">, inputs: Properties, isUnknown: (value: unknown) => boolean): Checked {
    const issues = parsed(spec.inputs, inputs).error?.issues ?? [];
    return {
        inputs,
        failures: issues
            .filter((issue) => isAboutKeys(issue) || !dependsOnUnknown(inputs, issue.path, isUnknown))
            .map((issue) => ({ path: issue.path, reason: reasonOf(issue, inputs) })),
    };
}

/** A sentence that begins with the path. */
export const describeFailure = ({ path, reason }: Failure): string => [propertyPath(path), reason].filter((part) => part !== "").join(": ");

/** Keys are always known, whatever their values are. */
const isAboutKeys = ({ code }: z.core.$ZodIssue): boolean => code === "unrecognized_keys" || code === "invalid_key";

function dependsOnUnknown(inputs: unknown, path: readonly PropertyKey[], isUnknown: (value: unknown) => boolean): boolean {
    let value = inputs;
    for (const key of path) {
        if (isUnknown(value)) return true;
        value = typeof value === "object" && value !== null ? Reflect.get(value, key) : undefined;
    }
    return holdsUnknown(value, isUnknown);
}

export function holdsUnknown(value: unknown, isUnknown: (value: unknown) => boolean): boolean {
    if (isUnknown(value)) return true;
    return typeof value === "object" && value !== null && Object.values(value).some((inner) => holdsUnknown(inner, isUnknown));
}

/** Each field of a connection can have a default in the stack's configuration. */
function requiredText([first, second, ...more]: readonly PropertyKey[]): string {
    return first === "connection" && second !== undefined && more.length === 0
        ? `is required: write it in the program, or set it for all resources with pulumi config set wmisec:${String(second)} VALUE`
        : "is required";
}

/** A union's branches each have their own complaint; the reader needs the choice, not the first branch's. */
function reasonOf(issue: z.core.$ZodIssue, inputs: unknown): string {
    if (issue.code === "unrecognized_keys") return issue.message;
    if (issue.code === "invalid_key") return issue.issues.map(({ message }) => message).join("; ");
    const value = issue.path.reduce<unknown>(
        (at, key) => (typeof at === "object" && at !== null ? Reflect.get(at, key) : undefined),
        inputs,
    );
    if (value === undefined) return requiredText(issue.path);
    if (issue.code !== "invalid_union") return issue.message;
    const ofBranch = issue.errors.flat().find(({ code }) => code === "custom" || code === "invalid_format");
    return ofBranch?.message ?? issue.message;
}
