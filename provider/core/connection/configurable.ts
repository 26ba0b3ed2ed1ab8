import { connectionFields, SECRET_FIELDS } from "./fields";

/** Where a secret can be had from, said in the configuration under a key of its own: `passwordEnv`, `passwordFile`, `passwordCommand`. */
export const SOURCES = { env: "Env", file: "File", command: "Command" } as const;

/** Every key of the stack's configuration that sets a default for connections, without `wmisec:`. */
export const CONFIGURABLE: readonly string[] = [
    ...connectionFields.map(([name]) => name),
    ...SECRET_FIELDS.flatMap((secret) => Object.values(SOURCES).map((source) => `${secret}${source}`)),
];

/** Keys of the stack's configuration that only a native plugin reads. */
export const OF_NATIVE: readonly string[] = ["organization", "lookFirst"];
