import { z } from "zod";

const argument = z
    .string()
    .min(1)
    .max(4096)
    .regex(/^[^\0]*$/, "has a NUL character, which can't be passed to a program");

/**
 * Where to get a secret when a connection is opened. A reference is not secret, so the state may hold it in plain text. A rotated secret
 * changes no resource, and refresh and destroy still work years later.
 */
export const secretReference = z.union([
    /** A variable in the environment of the `pulumi` process. */
    z.strictObject({ env: z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, "is not the name of an environment variable") }),
    /** A file on the controller; `~/` is the home folder. One newline at the end is not part of the secret. */
    z.strictObject({ file: z.string().min(1).max(4096) }),
    /**
     * A program and its arguments, run without a shell. Its standard output is the secret, without one newline at the end. It must exit
     * with 0 within 30 s.
     */
    z.strictObject({ command: z.array(argument).min(1).max(64) }),
]);
export type SecretReference = z.infer<typeof secretReference>;

/** The secret itself, or a reference to it. */
export const secretSource = z.union([z.string().min(1).max(65536), secretReference], {
    error: "must be the secret itself, or { env: NAME }, { file: PATH } or { command: [PROGRAM, ...] }",
});
export type SecretSource = z.infer<typeof secretSource>;

/** For errors and logs: names the source, never the secret. */
export function describeSource(source: SecretSource): string {
    if (typeof source === "string") return "a value given inline";
    if ("env" in source) return `environment variable ${source.env}`;
    if ("file" in source) return `file ${source.file}`;
    return `output of ${source.command[0]}`;
}
