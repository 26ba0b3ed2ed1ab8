/** Why a file can't be read as MOF, or not be edited. Thrown only inside this folder; callers get it as a value. */
export class DefinitionProblem extends Error {
    constructor(
        message: string,
        /** From 1; undefined if the problem concerns the file as a whole. */
        readonly line?: number,
    ) {
        super(message);
        this.name = "DefinitionProblem";
    }
}
