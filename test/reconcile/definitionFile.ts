import { definitionItem } from "../../provider/core/items/definition";
import { itemName, itemNamed } from "../../provider/core/items/item";
import type { Item } from "../../provider/core/items/kind";
import type { Declaration } from "../../provider/core/ledger/declaration";
import type { LedgerEntry } from "../../provider/core/ledger/entry";
import { editDefinition } from "../../provider/core/mof/document";
import { namespacePath } from "../../provider/core/namespacePath";
import { sha256 } from "../../provider/core/sha256";
import { mine } from "./entries";
import { PolicyHost } from "./policyHost";

/** A MOF file of somebody else, in its versions, and hosts that have it. */

export const namespace = namespacePath("root/contoso");
export const FILE = "C:\\Contoso\\contoso.mof";
export const BACKUP = `${FILE}.pulumi-wmisec-backup`;
export const DEFINITION = definitionItem(FILE, namespace);
/** By its name in the ledger alone, as it is released. */
export const DEFINITION_BY_NAME: Item = itemNamed(itemName(DEFINITION)) ?? DEFINITION;

export const definition = (requires: boolean): Declaration => ({
    item: DEFINITION,
    want: { namespace, requires },
    alsoFine: [],
    whenMissing: "error",
});

export const ORIGINAL = '#pragma namespace("\\\\\\\\.\\\\root\\\\contoso")\r\nclass Contoso_Bill { [key] string Id; };\r\n';
export const edited = (text: string, requires: boolean): string => {
    const made = editDefinition(Buffer.from(text, "latin1"), namespace, requires);
    if (!made.ok) throw new Error(made.problem);
    return made.bytes.toString("latin1");
};
export const EDITED = edited(ORIGINAL, true);
export const SOMEBODYS = `${ORIGINAL}class Contoso_Customer { [key] string Id; };\r\n`;
export const content = (text: string) => ({ sha256: sha256(Buffer.from(text, "latin1")) });
export const short = (text: string) => content(text).sha256.slice(0, 6);

/** As we left it after an edit. */
export const ours: Partial<LedgerEntry> = {
    before: content(ORIGINAL),
    written: content(EDITED),
    owners: [mine({ namespace, requires: true })],
};
/** It said so already. */
export const adopted: Partial<LedgerEntry> = { before: content(EDITED), owners: [mine({ namespace, requires: true })] };

export interface Has {
    /** Undefined: no such file. */
    readonly text?: string;
    readonly backup?: string;
    readonly entry?: Partial<LedgerEntry>;
    readonly namespace?: "missing";
}

export function hostWith({ text, backup, entry, namespace: state }: Has): PolicyHost {
    const host = new PolicyHost({ namespaces: state === "missing" ? {} : { [namespace]: true } });
    if (text !== undefined) host.machine.behindOurBack.writeFile(FILE, Buffer.from(text, "latin1"));
    if (backup !== undefined) host.machine.behindOurBack.writeFile(BACKUP, Buffer.from(backup, "latin1"));
    return host.remembers(DEFINITION, entry);
}

/** What is in the file, and what is in its backup. */
export const filesOn = ({ machine: { files } }: PolicyHost) => [files.text(FILE), files.text(BACKUP)];
