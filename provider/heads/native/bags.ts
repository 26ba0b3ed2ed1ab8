import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Properties } from "../../handlers/handler";
import { withoutNulls } from "../../plugin/withoutNulls";
import { structs } from "./protocol";

/** The engine's stand-ins for values that a preview does not know yet, one for each kind of value (pulumi/pulumi pkg/resource/plugin/rpc.go). */
const UNKNOWNS: ReadonlySet<unknown> = new Set([
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    "030794c1-ac77-496b-92df-f27374a8bd58",
    "e48ece36-62e2-4504-bad9-02848725956a",
]);

export const isUnknown = (value: unknown): boolean => UNKNOWNS.has(value);

/** The properties of a request. The dynamic head's own text is none: a state that it wrote still has it. */
export function bagOf(struct: Struct | undefined): Properties {
    const { __provider: _, ...bag } = withoutNulls(struct?.toJavaScript() ?? {});
    return bag;
}

/** By way of JSON: a struct takes no `undefined`. */
export const structOf = (bag: object): Struct => structs.Struct.fromJavaScript(JSON.parse(JSON.stringify(bag)));
