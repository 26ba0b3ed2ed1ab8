import type { Compiler } from "../wire/compiler";
import type { Owner } from "./entry";
import type { Names } from "./givenNames";

/** Who acts on which machine. */
export interface Claim {
    readonly owner: string;
    /** The resource's id. */
    readonly stamp: string;
    readonly machine: string;
    /** ISO 8601. */
    readonly now: string;
    /** Owners to remove because they no longer exist. */
    readonly evict: Names;
    /** The compiler to use there. */
    readonly compiler: Compiler;
    /** @default none is known */
    readonly lives?: LivesOnMachines | undefined;
}

/** Lives of resources that the engine has asked this run about: they are in force, or will be deleted by the engine. */
export interface LivesOnMachines {
    /** Whether that life is known, and its state does not rule out that machine. */
    readonly isOn: (stamp: string, machine: string) => boolean;
}

/** Whose part a release removes. */
export interface ReleaseScope {
    /** Also every other life of the owner that the engine has not asked about: what a killed create or a lost state left behind. */
    readonly superseded: boolean;
}

export const isReleased = (
    { owner, stamp }: Pick<Owner, "owner" | "stamp">,
    claim: Pick<Claim, "owner" | "stamp" | "machine" | "lives">,
    { superseded }: ReleaseScope,
): boolean => stamp === claim.stamp || (superseded && owner === claim.owner && claim.lives?.isOn(stamp, claim.machine) !== true);
