import { backupOf } from "../items/definitionBackup";
import { describeItem, itemName, meansSame } from "../items/item";
import { describeLive, type ItemValue } from "../items/itemValue";
import type { Compiler, Step } from "../wire/step";
import { writeStep } from "./change";
import type { Look } from "./look";

/** How an item gets back to what stood there before. */
export interface PutBack {
    /** None where nothing is to be done, or nothing may be. */
    readonly steps: readonly Step[];
    /** Why it is left as it is, when it is not as before. */
    readonly left?: string;
}

/**
 * What puts the item back to `before`, where the host still has what we wrote. While a flag's two readings contradict each other it has,
 * if either is ours: nobody knows which of them lags, and the other is lost with the entry. Writing what stands there already does no harm.
 * @param ours what we wrote there, or were writing
 */
export function putBack(look: Look, before: ItemValue, ours: readonly ItemValue[], compiler: Compiler): PutBack {
    const { item, live, maybe, moot } = look;
    if (item.type === "definition") return putBackDefinition(look, before, ours);
    if (item.type === "namespace" && moot) return { steps: [] };
    const others = maybe.filter((value) => !meansSame(item, value, before));
    if (others.length === 0) return { steps: [] };
    if (item.type === "registration") return putBackRegistration(look, before, compiler);
    if (others.some((other) => ours.some((value) => meansSame(item, other, value)))) return { steps: [writeStep(before, look, compiler)] };
    if (meansSame(item, live, before)) return { steps: [] };
    return {
        steps: [],
        left: `${describeItem(item)} was left as it is (${describeLive(live)}): somebody changed it since; before our policy it was ${describeLive(before)}`,
    };
}

/**
 * A registration is ours whatever it says: the file has our name and lies in our folder. So it is taken away, but not made to say
 * something else: only a compile registers, and that would also set the flag, which may be as it was before already.
 */
function putBackRegistration(look: Look, before: ItemValue, compiler: Compiler): PutBack {
    if (before === "absent") return { steps: [writeStep(before, look, compiler)] };
    return {
        steps: [],
        left: `${describeItem(look.item)} was left as it is (${describeLive(look.live)}): before our policy it was ${describeLive(before)}, and to register that again would set the flag, too`,
    };
}

/** The backup must be what stood there before, and the file what we made of it. Otherwise both stay, and it is told where. */
function putBackDefinition({ item, live, reading }: Look, before: ItemValue, ours: readonly ItemValue[]): PutBack {
    if (item.type !== "definition" || !("backup" in reading)) throw new TypeError(`${itemName(item)} has no backup`);
    if (typeof before !== "object" || !("sha256" in before)) throw new TypeError(`${item.file} was ${describeLive(before)} before`);
    const { file } = item;
    const { backup } = reading;
    const found = typeof live === "object" && "sha256" in live ? live.sha256 : undefined;
    const isAsBefore = found === before.sha256;
    const isOurs = ours.some((value) => meansSame(item, live, value));
    if (found !== undefined && backup === before.sha256 && (isAsBefore || isOurs))
        return { steps: [{ do: "restoreDefinition", file, expect: found, backup }] };
    if (backup === null && (isAsBefore || found === undefined)) return { steps: [] };
    const place = `the backup is ${backupOf(file)}`;
    if (found === undefined) return { steps: [], left: `${file} is gone, and was not made again; ${place}` };
    if (backup === null) return { steps: [], left: `${file} was left as it is: its backup ${backupOf(file)} is gone` };
    if (backup !== before.sha256)
        return {
            steps: [],
            left: `${file} was left ${isAsBefore ? "as it was before" : isOurs ? "as it is, with our flag in it, which the next compile sets again" : "as it is"}: its backup is not what stood there before; ${place}`,
        };
    const why = ours.length === 0 ? "what we made of it is not known" : "somebody changed it since";
    return { steps: [], left: `${file} was left as it is: ${why}; ${place}` };
}
