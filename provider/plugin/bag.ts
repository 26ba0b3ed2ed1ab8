import type { Properties } from "../handlers/handler";

export const isBag = (value: unknown): value is Properties => typeof value === "object" && value !== null && !Array.isArray(value);
