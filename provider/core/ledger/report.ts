import { describeItem } from "../items/item";
import type { Item } from "../items/kind";
import type { LifeNotice, Plan } from "./plan";

/** Collects what plans have to tell people. Each message appears once, however often the run observes and plans. */
export class Report {
    private readonly toWarn = new Set<string>();
    private readonly toNote = new Set<string>();
    private readonly falseForAbsent = new Set<string>();
    private readonly stampOf = new Map<string, string>();

    /** Adds the messages of a plan that was carried out completely. */
    add(item: Item, { warnings, notes = [], falseForAbsent = false, formerLife }: Plan): void {
        for (const warning of warnings) this.warn(warning);
        for (const note of notes) this.toNote.add(note);
        if (formerLife !== undefined) this.stampOf.set(formerLife.text, formerLife.stamp);
        if (falseForAbsent) this.falseForAbsent.add(describeItem(item));
    }

    warn(text: string): void {
        this.toWarn.add(text);
    }

    /** What a person should look into. */
    get warnings(): readonly string[] {
        return [...this.toWarn];
    }

    /** What was released together with other lives of the owner. */
    get lifeNotices(): readonly LifeNotice[] {
        return [...this.stampOf].map(([text, stamp]) => ({ stamp, text }));
    }

    /** Information that needs no action. */
    get notes(): readonly string[] {
        if (this.falseForAbsent.size === 0) return [...this.toNote];
        const items = [...this.falseForAbsent].join(", ");
        return [
            ...this.toNote,
            `${items}: remote clients may connect unencrypted again, as before our policy. There was no RequiresEncryption qualifier, and FALSE replaces it: mofcomp can't remove a qualifier, and both mean the same`,
        ];
    }
}
