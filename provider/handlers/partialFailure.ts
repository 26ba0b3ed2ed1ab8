/**
 * A create or update that failed after a write began, or a read that is to be made up for. The engine keeps the resource with these
 * properties and will try to update it.
 */
export class PartialFailure extends Error {
    /** @param inputs of a read: as it would have returned them */
    constructor(
        readonly id: string,
        readonly properties: Readonly<Record<string, unknown>>,
        readonly failure: Error,
        readonly inputs?: Readonly<Record<string, unknown>>,
    ) {
        super(failure.message, { cause: failure });
        this.name = "PartialFailure";
    }
}
