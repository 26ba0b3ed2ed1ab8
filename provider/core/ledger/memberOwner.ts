import type { Names } from "./givenNames";

/** Between a fleet's owner and the host's name. A host's name can't have it. */
const SEPARATOR = "#";

/** The owner of one host's items: hosts of a fleet that turn out to be one machine have entries of their own, as resources do. */
export const memberOwner = (fleet: string, host: string): string => `${fleet}${SEPARATOR}${host}`;

/** Owners that an administrator names: each by itself, or a fleet for all of its hosts. */
export const withFleets = (names: Names): Names => ({
    has: (owner) => {
        const end = owner.lastIndexOf(SEPARATOR);
        return names.has(owner) || (end > 0 && names.has(owner.slice(0, end)));
    },
});
