/** Why a file can't be read as MOF, or not be edited. Made inside this folder only; callers get it as a value. */
export class DefinitionProblem extends Error {
    constructor(
        message: string,
        /** From 1; undefined when it is about the file as a whole. */
        readonly line?: number,
    ) {
        super(message);
        this.name = "DefinitionProblem";
    }
}
