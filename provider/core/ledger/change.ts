import { WmisecError } from "../errors";
import { itemName } from "../items/item";
import { type DefinitionDemand, describeLive, type ItemValue, type Wanted } from "../items/itemValue";
import { editDefinition } from "../mof/document";
import { autorecoverMof, encryptionMof } from "../mof/generate";
import type { Compiler, Step } from "../wire/step";
import { type Look, sha256 } from "./look";

/** One write, and what stands there once it is done. */
export interface Change {
    readonly step: Step;
    readonly to: ItemValue;
}

/**
 * The one step that makes the item what is wanted, provided that it is still as it was looked at.
 * @throws definitionMissing, definitionUnreadable
 */
export function changeTo(want: Wanted, look: Look, compiler: Compiler): Change {
    return typeof want === "object" && "requires" in want
        ? editedDefinition(want, look, compiler)
        : { step: writeStep(want, look, compiler), to: want };
}

/** The one step that puts the item to a value. A definition can't be: only its backup can be put back (putBack.ts). */
export function writeStep(to: ItemValue, { item, reading }: Look, compiler: Compiler): Step {
    if (item.type === "namespace" && "flag" in reading && typeof to !== "object") {
        const required = to === true;
        return { do: "compileMof", path: item.path, expect: reading.flag, mof: encryptionMof(item.path, required), required, compiler };
    }
    if (item.type === "registration" && "registered" in reading && typeof to !== "object") {
        const expect = { registered: reading.registered, file: reading.file };
        if (to === "absent") return { do: "unregisterMof", path: item.path, expect };
        return { do: "registerMof", path: item.path, expect, mof: autorecoverMof(item.path, to), compiler };
    }
    if (item.type === "value" && "key" in reading && typeof to !== "boolean" && (to === "absent" || "kind" in to)) {
        return {
            do: "setValue",
            ...item.location,
            expect: reading.state === "present" ? reading.data : null,
            data: to === "absent" ? null : to,
        };
    }
    throw new TypeError(`${itemName(item)} can't be put to ${describeLive(to)}`);
}

function editedDefinition({ namespace, requires }: DefinitionDemand, { item, reading }: Look, compiler: Compiler): Change {
    if (item.type !== "definition") throw new TypeError(`${itemName(item)} defines no namespace`);
    const { file } = item;
    if (!("content" in reading)) {
        throw new WmisecError("definitionMissing", `there is no file ${file}`, {
            tried: `to make it say that ${namespace} ${requires ? "requires" : "does not require"} encryption; nothing was written`,
            remedy: `correct definitionMof of ${namespace}: the path, on the host, of the MOF file that the product compiles; or take definitionMof out, and the flag alone is set`,
        });
    }
    const found = Buffer.from(reading.content, "base64");
    const edited = editDefinition(found, namespace, requires);
    if (!edited.ok) {
        const place = edited.line === undefined ? "" : `line ${edited.line}: `;
        throw new WmisecError("definitionUnreadable", `${file} can't be edited`, {
            said: `${place}${edited.problem}`,
            tried: `to make it say that ${namespace} ${requires ? "requires" : "does not require"} encryption; nothing was written`,
            remedy: "put the file right (mofcomp -check FILE on the host says what it thinks of it), or take definitionMof out, and the flag alone is set",
        });
    }
    return {
        step: { do: "editDefinition", file, expect: sha256(found), content: edited.bytes.toString("base64"), compiler },
        to: { sha256: sha256(edited.bytes) },
    };
}
