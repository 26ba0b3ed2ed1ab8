import { type ErrorCode, WmisecError } from "../errors";
import { remedyFor } from "../remedies";
import { codeOfFailure, type HostFailure } from "../wire/hostFailure";
import { describeItem, type Item } from "./item";

/** What an item is looked at for: to be as declared, or to be put back. */
export type Purpose = "declare" | "release";

/** An item of which the host could not tell what it is. Nothing was written. */
export function readingError(item: Item, failure: HostFailure, purpose: Purpose): WmisecError {
    const code = codeOfFailure(failure);
    const remedy = remedyFor(failure, `read ${item.type}`);
    return new WmisecError(code, `${describeItem(item)} could not be read`, {
        said: `${failure.wmiCode ?? failure.hresult} ${failure.type}: ${failure.message}`,
        remedy: item.type === "definition" && purpose === "release" ? orGiveUp(code, remedy) : remedy,
    });
}

/** Only `onDelete: "leave"` takes leave of a file without reading it. */
const GIVE_UP =
    "to give the file up as it is, with its backup beside it, take definitionMof out of the program (before a destroy, too), " +
    'set onDelete: "leave" and run pulumi up; take onDelete out again after that';

const orGiveUp = (code: ErrorCode, remedy: string): string => (code === "definitionUnreadable" ? GIVE_UP : `${remedy}. Or, ${GIVE_UP}`);
