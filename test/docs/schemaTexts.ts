import { z } from "zod";
import { connectionSchema } from "../../provider/core/connection";
import { itemValue, wanted } from "../../provider/core/items/kinds";
import { registryData } from "../../provider/core/registry";
import { describedResource, isFleet, NOT_SAID, RESOURCE_NAMES } from "../../provider/resources";
import { partialConnection } from "../../provider/resources/fleetInputs";

type Schema = z.core.$ZodType;
type Texts = Record<string, string | undefined>;

/** All that is to be said of a schema: its own words, and those of what it was made from. */
const metaOf = (schema: unknown): z.core.GlobalMeta | undefined => z.globalRegistry.get(schema as Schema);

/** Its name in the sdk: a schema with words of its own for one field keeps that of what it was made from. */
function named(schema: Schema): { readonly id: string; readonly schema: Schema } | undefined {
    const id = metaOf(schema)?.id;
    const { parent } = schema._zod;
    if (id !== undefined) return { id, schema };
    return parent === undefined ? undefined : named(parent);
}

/** Of each field: what it is for. */
export const textsOf = (shape: object): Texts =>
    Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, metaOf(schema)?.description]));

/** Of each input that a program can say. */
export const inputTextsOf = (resource: string): Texts =>
    Object.fromEntries(Object.entries(textsOf(describedResource(resource).inputs.shape)).filter(([name]) => !NOT_SAID.has(name)));

/** Of each output, and of each input that is an output, too: a fleet's are not. */
export function outputTextsOf(resource: string): Texts {
    const { inputs, outputs } = describedResource(resource);
    if (isFleet(resource)) return textsOf(outputs.shape);
    const mirrored = Object.entries(inputs.shape).flatMap(([name, schema]) => {
        const text = metaOf(schema)?.["asOutput"];
        return typeof text === "string" ? [[name, text]] : [];
    });
    return { ...textsOf(outputs.shape), ...Object.fromEntries(mirrored) };
}

/** Of these nothing is said here: a connection's fields have a table of their own, and values are told of as a whole. */
const TOLD_ELSEWHERE: ReadonlySet<unknown> = new Set([connectionSchema, partialConnection, itemValue, wanted, registryData]);

/** Every schema that the inputs and outputs of all resources are made of. */
function everySchema(): ReadonlySet<Schema> {
    const found = new Set<Schema>();
    const visit = (schema: Schema): void => {
        if (found.has(schema) || TOLD_ELSEWHERE.has(schema) || TOLD_ELSEWHERE.has(schema._zod.parent)) return;
        found.add(schema);
        const { def } = (schema as z.core.$ZodTypes)._zod;
        if (def.type === "object") Object.values(def.shape).forEach(visit);
        if (def.type === "optional") visit(def.innerType);
        if (def.type === "array") visit(def.element);
        if (def.type === "record") visit(def.valueType);
        if (def.type === "union") def.options.forEach(visit);
    };
    for (const resource of RESOURCE_NAMES) {
        visit(describedResource(resource).inputs);
        visit(describedResource(resource).outputs);
    }
    return found;
}

const shapeOf = (schema: Schema): Readonly<Record<string, Schema>> => {
    const { def } = (schema as z.core.$ZodTypes)._zod;
    return def.type === "object" ? def.shape : {};
};

/** Those that the sdk has a name for, by that name. */
export const NAMED: ReadonlyMap<string, { readonly text: string | undefined; readonly fields: Texts }> = new Map(
    [...everySchema()].flatMap((one) => {
        const found = named(one);
        return found === undefined
            ? []
            : [[found.id, { text: metaOf(found.schema)?.description, fields: textsOf(shapeOf(found.schema)) }] as const];
    }),
);

/** Fields of which nothing is said. */
export const withoutText = (): string[] =>
    [...everySchema()].flatMap((schema) =>
        Object.entries(textsOf(shapeOf(schema))).flatMap(([name, text]) => (text === undefined ? [name] : [])),
    );
