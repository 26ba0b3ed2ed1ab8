import { z } from "zod";

const argument = z
    .string()
    .min(1)
    .max(4096)
    .regex(/^[^\0]*$/, "has a NUL in it, which no program can be given");

/**
 * Where a secret is to be had when a connection is opened. It names a place, so it may stand in the state in plain text;
 * a rotated secret changes no resource, and refresh and destroy work years later.
 */
export const secretReference = z.union([
    /** A variable in the environment of the `pulumi` process. */
    z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not the name of an environment variable") }),
    /** A file on the controller; `~/` is the home folder. One newline at its end is not part of the secret. */
    z.strictObject({ file: z.string().min(1).max(4096) }),
    /**
     * A program and its arguments, started without a shell; what it prints on standard output is the secret, less one
     * newline at the end. Must end with 0 within 30 s.
     */
    z.strictObject({ command: z.array(argument).min(1).max(64) }),
]);
export type SecretReference = z.infer<typeof secretReference>;

/** The secret itself, or where it is to be had. */
export const secretSource = z.union([z.string().min(1).max(65536), secretReference], {
    error: "must be the secret itself, or { env: NAME }, { file: PATH } or { command: [PROGRAM, ...] }",
});
export type SecretSource = z.infer<typeof secretSource>;

/** For errors and logs: names the place, never the secret. */
export function describeSource(source: SecretSource): string {
    if (typeof source === "string") return "a value given inline";
    if ("env" in source) return `environment variable ${source.env}`;
    if ("file" in source) return `file ${source.file}`;
    return `output of ${source.command[0]}`;
}
