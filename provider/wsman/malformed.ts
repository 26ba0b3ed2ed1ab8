/** Bytes of the other side that are not what they should be. Says what is wrong with them, and repeats none of them. */
export class Malformed extends Error {}
