import { z } from "zod";

/**
 * Text for people that may come from a host: not empty, one line, without control characters.
 * @param problem the message for text that does not qualify
 */
export const oneLine = (max: number, problem?: string) =>
    z
        .string()
        .max(max)
        .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, problem);
