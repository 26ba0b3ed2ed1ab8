import { type ErrorCode, isWmisecError } from "../core/errors";

const SILENT: ReadonlySet<ErrorCode> = new Set(["unreachable", "timeout", "connectionLost", "processEnded"]);

/** The host did not answer: its state is unknown, and nothing may be concluded from that. */
export const isUnreachable = (error: unknown): boolean => isWmisecError(error) && SILENT.has(error.code);
