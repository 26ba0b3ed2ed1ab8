import { namespaceItem } from "../../provider/core/items/namespaceFlag";
import type { Declaration } from "../../provider/core/ledger/declaration";
import type { LedgerEntry } from "../../provider/core/ledger/entry";
import { namespacePath } from "../../provider/core/namespacePath";
import { PolicyHost } from "./policyHost";

const path = "root/contoso";
export const FLAG = namespaceItem(namespacePath(path));

export const flag = (want: boolean, whenMissing: Declaration["whenMissing"] = "error"): Declaration => ({
    item: FLAG,
    want,
    alsoFine: [],
    whenMissing,
});

/** How a namespace's flag is found; `contradictory`: TRUE is stored, and not in force before the WMI service is restarted. */
export type Found = boolean | "absent" | "missing" | "contradictory";

/** A host whose namespace is found so, with that entry in its ledger. */
export function hostWith(found: Found, entry?: Partial<LedgerEntry>): PolicyHost {
    const isContradictory = found === "contradictory";
    const before = typeof found === "boolean" ? found : isContradictory ? false : null;
    const host = new PolicyHost({
        namespaces: found === "missing" ? {} : { [path]: before },
        instanceReading: isContradictory ? "stale" : "filled",
    });
    if (isContradictory) host.machine.namespaces.setFlag(path, true);
    return host.remembers(FLAG, entry);
}
