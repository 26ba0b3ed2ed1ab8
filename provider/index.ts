/**
 * What the text in `__provider` requires, in the plugin's process. The path `pulumi-wmisec/provider`, the name `handler` and
 * its argument stand in state files: they can't change.
 */
export { dynamicProvider as handler } from "./heads/dynamic";
