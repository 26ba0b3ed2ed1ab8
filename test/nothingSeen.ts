import { byList, type Observation, type Readings } from "../provider/core/wire/observation";

/** An observation of which nothing was asked, and a host without a ledger. */
export const NOTHING_SEEN: Observation = { ...byList<Readings>(() => []), ledger: [] };
