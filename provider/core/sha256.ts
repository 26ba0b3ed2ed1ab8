import { createHash } from "node:crypto";

/** Lower-case hex, the agent's format. */
export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");
