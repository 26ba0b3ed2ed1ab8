/**
 * Limits that depend on each other, in one place: the size of a request and of an answer, and what the ledger, the inputs and an
 * observation may hold so that it always fits. Whatever was written can be read and released; test/core/limits.test.ts checks the
 * arithmetic.
 */

/**
 * Bytes of one request, which is one line. The agent ends on a longer one. Windows PowerShell's JSON reader takes at most 2,097,152
 * characters.
 */
export const MAX_REQUEST = 2_000_000;
/** Bytes of one answer, which is one frame. */
export const MAX_FRAME = 8 << 20;
/** Steps per request. A longer list is split over several requests. */
export const MAX_STEPS = 2000;

/**
 * Entries in a host's ledger, all owners together. We never write more. If an older release did, the entries can still be read and
 * released.
 */
export const MAX_LEDGER_ENTRIES = 4000;
/** Bytes of a host's ledger in an answer, counted by `entryBytes` (ledger/room.ts): half an answer. */
export const MAX_LEDGER_BYTES = MAX_FRAME / 2;
/** Most entries that we read. The agent's own limit is `MAX_FRAME`. */
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
/** Bytes of a definition file. This limit is ours: far above any product's file, and small enough for one request. */
export const MAX_DEFINITION_BYTES = 700_000;
/** The same, as base64 characters. */
export const MAX_DEFINITION_TEXT = 4 * Math.ceil(MAX_DEFINITION_BYTES / 3);

/** Characters of an exception's message and of its type name. The agent truncates longer ones. */
export const MAX_FAILURE_TEXT = 2000;
export const MAX_FAILURE_TYPE = 200;

/** Most bytes that one character takes in ASCII-only JSON. */
export const ESCAPED = 6;
/** Bytes of a failed reading, without the name of what was read. */
export const FAILED_BYTES = ESCAPED * (MAX_FAILURE_TEXT + MAX_FAILURE_TYPE) + 500;

/**
 * Bytes of an answer that are left for readings. The ledger takes half; the reason why an `apply` stopped takes some (at most mofcomp's
 * output).
 */
export const READING_ROOM = MAX_FRAME - MAX_LEDGER_BYTES - (ESCAPED * 24_000 + 65_536);
