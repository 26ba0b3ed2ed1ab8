/** The other side sent bytes that break the protocol. The message says how, and contains none of the bytes. */
export class Malformed extends Error {}
