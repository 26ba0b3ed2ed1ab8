import { prepared } from "./language";
import type { Way } from "./project";

const yaml = prepared("yaml");

/**
 * The native head gets its programs in YAML where that can be had: it starts in a fraction of the time that Node.js takes, and the engine and the plugin do
 * the same.
 */
export const NATIVE: Way = { head: "native", ...("folder" in yaml && { yaml: yaml.folder }) };

/** What is run by both heads. */
export const HEADS: readonly (readonly [head: string, way: Way])[] = [
    ["dynamic", { head: "dynamic" }],
    ["native", NATIVE],
];
