import { z } from "zod";
import { describeValue, registryData } from "../registry";
import { fileHash, wirePath } from "../wire/observation";

/** A file's content by its hash: the file itself is on the host, and so is the backup that is put back. */
export const fileContent = z.strictObject({ sha256: fileHash });

/** What the MOF file that defines a namespace shall say of it. */
export const definitionDemand = z.strictObject({ namespace: wirePath, requires: z.boolean() });
export type DefinitionDemand = z.infer<typeof definitionDemand>;

/**
 * What an item is put to and found as: TRUE, FALSE or no qualifier for a namespace; data with its kind, or absence, for a value;
 * TRUE, FALSE or nothing to compile for a registration; content for a definition. Stored in the ledger and in the state.
 */
export const itemValue = z.union([z.boolean(), z.literal("absent"), registryData, fileContent]);
export type ItemValue = z.infer<typeof itemValue>;

/** What an owner wants of an item: a value, but of a definition only what it says of one namespace. */
export const wanted = z.union([itemValue, definitionDemand]);
export type Wanted = z.infer<typeof wanted>;

/** What an item can be found as. `incomplete`: a registration of which only a part is there, or that compiles another text. */
export type LiveValue = ItemValue | "missing" | "incomplete";

/** What of a wish can stand there: of a definition's, nothing. */
export const itemValueIn = (want: Wanted): ItemValue | undefined => (typeof want === "object" && "requires" in want ? undefined : want);

/** As a person reads it. */
export function describeLive(value: LiveValue | Wanted): string {
    if (typeof value !== "object") return String(value);
    if ("sha256" in value) return `a file of SHA-256 ${value.sha256.slice(0, 12)}...`;
    return "requires" in value ? `${value.requires} for ${value.namespace}` : describeValue(value);
}
