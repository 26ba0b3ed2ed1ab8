import { z } from "zod";

/** SHA-256 of a file's bytes, lower-case hex. */
export const fileHash = z.string().regex(/^[0-9a-f]{64}$/);
