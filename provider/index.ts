/**
 * The text in `__provider` requires this in the plugin's process. The path `pulumi-wmisec/provider`, the name `handler` and its argument
 * are in state files, so they can never change.
 */
export { dynamicProvider as handler } from "./heads/dynamic";
