import { createHash } from "node:crypto";

/** Lower-case hex, as the agent tells it. */
export const sha256 = (bytes: Uint8Array | string): string => createHash("sha256").update(bytes).digest("hex");
