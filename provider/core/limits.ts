/**
 * The bounds that depend on each other, in one place: what a request and an answer may weigh, and what is let into the ledger, the inputs
 * and a look so that it always fits. Whatever was written can be read and released; test/core/limits.test.ts does the sums.
 */

/** Bytes of one request, which is one line: the agent ends when it is longer. Windows PowerShell's JSON reader takes 2,097,152 characters. */
export const MAX_REQUEST = 2_000_000;
/** Bytes of one answer, which is one frame. */
export const MAX_FRAME = 8 << 20;
/** Steps of one request; a longer list is carried out by several. */
export const MAX_STEPS = 2000;

/** Entries of a host's ledger, all owners together. More are never written; what older releases wrote beyond is read and released. */
export const MAX_LEDGER_ENTRIES = 4000;
/** Bytes of a host's ledger as an answer carries it, by `entryBytes` (ledger/room.ts): half an answer. */
export const MAX_LEDGER_BYTES = MAX_FRAME / 2;
/** Entries that are read. The agent's own bound is `MAX_FRAME`. */
export const MAX_LEDGER_READ = 65_536;
/** Characters of one entry. */
export const MAX_LEDGER_TEXT = 65_536;
/** Owners of one entry. */
export const MAX_OWNERS = 1000;
/** Characters of an owner: an organization and a URN. */
export const MAX_OWNER = 2000;

/** Namespaces of one resource. */
export const MAX_NAMESPACES = 1000;
/** Definition files of one resource. */
export const MAX_DEFINITIONS = 4;
/** Bytes of a definition: our own bound, far above any file of a product, and low enough for a message to the host. */
export const MAX_DEFINITION_BYTES = 700_000;
/** The same as base64, in characters. */
export const MAX_DEFINITION_TEXT = 4 * Math.ceil(MAX_DEFINITION_BYTES / 3);

/** Characters of what an exception on the host says, and of its type's name. The agent cuts what is longer. */
export const MAX_FAILURE_TEXT = 2000;
export const MAX_FAILURE_TYPE = 200;

/** Bytes that one character may become in JSON that is ASCII. */
export const ESCAPED = 6;
/** Bytes of a reading that failed, beside the name of what was read. */
export const FAILED_BYTES = ESCAPED * (MAX_FAILURE_TEXT + MAX_FAILURE_TYPE) + 500;

/** Bytes of an answer that are for readings: the ledger has its half, and an `apply` tells why it stopped (mofcomp's output at most). */
export const READING_ROOM = MAX_FRAME - MAX_LEDGER_BYTES - (ESCAPED * 24_000 + 65_536);
