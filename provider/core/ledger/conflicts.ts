import { WmisecError } from "../errors";
import { meansSame, namespaceItem } from "../items/item";
import { describeLive } from "../items/itemValue";
import { flagsInDefinition } from "../mof/document";
import type { Observation } from "../wire/observation";
import type { Step } from "../wire/step";
import type { Claim } from "./ledger";
import { recordOf } from "./look";

/**
 * A definition is compiled whole, and so it also sets the flags of the other namespaces that it speaks of. Where somebody else's policy
 * is about such a namespace and wants another flag, that policy would be undone without a word. What the claim's own owner declares
 * otherwise is no reason to refuse: it is looked at after the compile, and set again.
 * @throws WmisecError ownedByAnother, before anything is written; definitionUnreadable, ledgerGarbled, ledgerTooNew
 */
export function refuseToUndoOthers(steps: readonly Step[], seen: Observation, claim: Claim): void {
    for (const step of steps) {
        if (step.do !== "editDefinition") continue;
        const set = flagsInDefinition(Buffer.from(step.content, "base64"));
        if (!set.ok) throw unreadable(step.file, set.problem);
        for (const [namespace, flag] of set.flags) {
            const item = namespaceItem(namespace);
            const { entry } = recordOf(item, seen);
            const opposed = entry?.owners.find(
                ({ owner, stamp, wants }) =>
                    owner !== claim.owner && stamp !== claim.stamp && !claim.evict.has(owner) && !meansSame(item, wants, flag),
            );
            if (entry === undefined || entry.machine !== claim.machine || opposed === undefined) continue;
            throw new WmisecError(
                "ownedByAnother",
                `compiling ${step.file} would put ${namespace} to ${flag}, and another resource wants it as ${describeLive(opposed.wants)}`,
                {
                    said: `owner ${opposed.owner}, since ${entry.since}`,
                    tried: `to edit ${step.file} for ${claim.owner}; nothing was written`,
                    remedy: `make ${step.file} say of ${namespace} what that owner wants, by hand or in a new version of the product, then run again; or take definitionMof out, and the flag alone is set`,
                },
            );
        }
    }
}

const unreadable = (file: string, problem: string) =>
    new WmisecError("definitionUnreadable", `what ${file} says of other namespaces can't be told`, {
        said: problem,
        tried: "to see which flags compiling it would set; nothing was written",
        remedy: "put the file right (mofcomp -check FILE on the host says what it thinks of it), or take definitionMof out, and the flag alone is set",
    });
