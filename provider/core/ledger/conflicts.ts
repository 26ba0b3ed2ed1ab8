import { WmisecError } from "../errors";
import { describeLive, meansSame } from "../items/itemValue";
import { stepKind } from "../items/kinds";
import { namespaceItem } from "../items/namespaceFlag";
import type { Observation } from "../wire/observation";
import type { Step } from "../wire/step";
import type { Claim } from "./claim";
import { recordOf } from "./record";

/**
 * A definition is compiled as a whole, so it also sets the flags of other namespaces that it mentions. If another owner's policy wants
 * another flag there, it would be undone silently: that is an error. A different flag that the claim's own owner declares is not: it is
 * checked after the compile and set again.
 * @throws WmisecError ownedByAnother, before anything is written; definitionUnreadable, ledgerGarbled, ledgerTooNew
 */
export function refuseToUndoOthers(steps: readonly Step[], seen: Observation, claim: Claim): void {
    for (const step of steps) {
        const set = stepKind(step)?.alsoSets?.(step);
        for (const [namespace, flag] of set?.flags ?? []) {
            const item = namespaceItem(namespace);
            const { entry } = recordOf(item, seen);
            const opposed = entry?.owners.find(
                ({ owner, stamp, wants }) =>
                    owner !== claim.owner && stamp !== claim.stamp && !claim.evict.has(owner) && !meansSame(item, wants, flag),
            );
            if (set === undefined || entry === undefined || entry.machine !== claim.machine || opposed === undefined) continue;
            throw new WmisecError(
                "ownedByAnother",
                `${set.doing} would set ${namespace} to ${flag}, and another resource wants it as ${describeLive(item, opposed.wants)}`,
                {
                    said: `owner ${opposed.owner}, since ${entry.since}`,
                    tried: `${set.tried} for ${claim.owner}; nothing was written`,
                    remedy: set.remedy(namespace),
                },
            );
        }
    }
}
