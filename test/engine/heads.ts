import { prepared } from "./language";
import type { Way } from "./project";

const yaml = prepared("yaml");

/**
 * What is run by both heads. The native one gets its programs in YAML where that can be had: it starts in a fraction of the time that Node.js takes,
 * and the engine and the plugin do the same.
 */
export const HEADS: readonly (readonly [head: string, way: Way])[] = [
    ["dynamic", { head: "dynamic" }],
    ["native", { head: "native", ...("folder" in yaml && { yaml: yaml.folder }) }],
];
