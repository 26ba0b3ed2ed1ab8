import { z } from "zod";

/**
 * Text that is shown to people, and that may come from a host: not empty, on one line, nothing in it that a terminal would obey.
 * @param problem said of text that is not so
 */
export const oneLine = (max: number, problem?: string) =>
    z
        .string()
        .max(max)
        .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u, problem);
