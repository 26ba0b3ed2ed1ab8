import { WmisecError } from "../core/errors";
import { parsed } from "../core/text/plainWords";
import type { CommonInputs, ResourceSpec } from "../resources/resource";

/** @throws WmisecError invalidInput; no host was contacted */
export function parseInputs(spec: ResourceSpec, raw: Readonly<Record<string, unknown>>): CommonInputs {
    const result = parsed(spec.inputs, raw);
    if (result.success) return result.data;
    throw new WmisecError("invalidInput", `${spec.name} has inputs that are not valid`, {
        said: result.error.issues.map(({ path, message }) => `${path.join(".")}: ${message}`).join("\n"),
        remedy: "correct the program; no host was contacted",
    });
}
