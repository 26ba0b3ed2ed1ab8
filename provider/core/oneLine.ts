import { z } from "zod";

/** Text from a host that is shown to people: not empty, on one line, nothing in it that a terminal would obey. */
export const oneLine = (max: number) =>
    z
        .string()
        .max(max)
        .regex(/^[^\p{C}\p{Zl}\p{Zp}]+$/u);
