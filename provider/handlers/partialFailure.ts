/** A create or update that failed after a write began. The engine keeps the resource with these properties and will try to update it. */
export class PartialFailure extends Error {
    constructor(
        readonly id: string,
        readonly properties: Readonly<Record<string, unknown>>,
        readonly failure: Error,
    ) {
        super(failure.message, { cause: failure });
        this.name = "PartialFailure";
    }
}
