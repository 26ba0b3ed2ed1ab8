import { describeItem } from "../items/item";
import type { Item } from "../items/kind";
import type { LifeNotice, Plan } from "./plan";

/** What plans have to tell people, each thing once, however often it was looked and planned. */
export class Report {
    private readonly toWarn = new Set<string>();
    private readonly toNote = new Set<string>();
    private readonly falseForAbsent = new Set<string>();
    private readonly stampOf = new Map<string, string>();

    /** Of a plan that was carried out to its end. */
    add(item: Item, { warnings, notes = [], falseForAbsent = false, formerLife }: Plan): void {
        for (const warning of warnings) this.warn(warning);
        for (const note of notes) this.toNote.add(note);
        if (formerLife !== undefined) this.stampOf.set(formerLife.text, formerLife.stamp);
        if (falseForAbsent) this.falseForAbsent.add(describeItem(item));
    }

    warn(text: string): void {
        this.toWarn.add(text);
    }

    /** What somebody should look into. */
    get warnings(): readonly string[] {
        return [...this.toWarn];
    }

    /** What was released with other lives of the owner. */
    get lifeNotices(): readonly LifeNotice[] {
        return [...this.stampOf].map(([text, stamp]) => ({ stamp, text }));
    }

    /** What is good to know. */
    get notes(): readonly string[] {
        if (this.falseForAbsent.size === 0) return [...this.toNote];
        const items = [...this.falseForAbsent].join(", ");
        return [
            ...this.toNote,
            `${items}: remote clients may connect unencrypted again, as before our policy. There was no RequiresEncryption qualifier, and FALSE stands in its place: mofcomp can't take a qualifier away, and both mean the same`,
        ];
    }
}
