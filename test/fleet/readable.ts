import { withoutMarks } from "../../provider/plugin/secretOutputs";
import { MEMORY } from "../../provider/resources/fleetOutputs";
import { uncheckedMemory } from "../../provider/resources/rememberedFleet";

/** Properties as text. What a fleet remembers is legible in it: tests that look for secrets would find none in the text that is stored. */
export const readable = (properties: unknown): string =>
    JSON.stringify(properties, (key, value) => {
        if (key !== MEMORY || value === undefined) return value;
        const memory = uncheckedMemory(withoutMarks(value));
        if (memory === undefined) throw new Error(`${String(value)} can't be read`);
        return memory;
    });
