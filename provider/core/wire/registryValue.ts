import { z } from "zod";
import { ESCAPED, FAILED_BYTES } from "../limits";
import { registryData, registryLocation } from "../registry";
import { hostFailure } from "./hostFailure";
import { question } from "./question";

export const valueReading = z.discriminatedUnion("state", [
    z.strictObject({ ...registryLocation.shape, state: z.literal("present"), data: registryData }),
    z.strictObject({ ...registryLocation.shape, state: z.literal("absent") }),
    z.strictObject({ ...registryLocation.shape, state: z.literal("failed"), failure: hostFailure }),
]);
export type ValueReading = z.infer<typeof valueReading>;

export const valueQuestion = question({
    asked: registryLocation,
    answer: valueReading,
    max: 100,
    bytes: FAILED_BYTES + ESCAPED * 65_536 + 2 * 255,
    ms: 100,
    subject: ({ key, name }) => ({ key, name }),
    nameOf: ({ key, name }) => `${key}\0${name}`,
});

/** Sets (`data`) or deletes (null) one registry value. The key must exist. */
export const setValue = z.strictObject({
    do: z.literal("setValue"),
    ...registryLocation.shape,
    expect: registryData.nullable(),
    data: registryData.nullable(),
});
