/** JSON Schema as zod writes it, as far as resources use it. */
export interface JsonSchema {
    readonly $ref?: string;
    readonly type?: string | readonly string[];
    readonly description?: string;
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
    readonly additionalProperties?: JsonSchema | boolean;
    readonly items?: JsonSchema;
    readonly enum?: readonly string[];
    readonly const?: unknown;
    readonly anyOf?: readonly JsonSchema[];
    readonly oneOf?: readonly JsonSchema[];
    readonly $defs?: Readonly<Record<string, JsonSchema>>;
    /** The text of an input that is also an output (`.meta` of our schemas). */
    readonly asOutput?: string;
}

type Simple = "boolean" | "integer" | "number" | "string";
const isSimple = (type: JsonSchema["type"]): type is Simple =>
    type === "boolean" || type === "integer" || type === "number" || type === "string";

/** A type of Pulumi's package schema (pulumi/pulumi pkg/codegen/schema/pulumi.json, `typeSpec`). */
export type TypeSpec =
    | { readonly $ref: string }
    | { readonly type: Simple }
    | { readonly type: "array"; readonly items: TypeSpec }
    | { readonly type: "object"; readonly additionalProperties: TypeSpec }
    | { readonly oneOf: readonly TypeSpec[] };

export type PropertySpec = TypeSpec & { readonly description: string; readonly secret?: true };

/** A named type: an object, or an enumeration of texts. */
export type NamedType = ObjectType | EnumType;

export interface ObjectType {
    readonly description?: string | undefined;
    readonly type: "object";
    readonly properties: Readonly<Record<string, PropertySpec>>;
    readonly required?: readonly string[];
}

interface EnumType {
    readonly description?: string | undefined;
    readonly type: "string";
    readonly enum: readonly { readonly name: string; readonly value: string }[];
}

/** What programs write, or what they read: after a drift a text may stand where a program writes true or false. */
export type Side = "input" | "output";

const ANY: TypeSpec = { $ref: "pulumi.json#/Any" };

export const tokenOf = (name: string): string => `wmisec:index:${name}`;

const capitalized = (text: string): string =>
    text
        .split(/[^A-Za-z0-9]+/)
        .map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))
        .join("");

/** Collects the named types that properties need while these are written in Pulumi's notation. */
export class NamedTypes {
    private readonly types = new Map<string, NamedType>();

    /** In the order of their tokens. */
    get all(): Readonly<Record<string, NamedType>> {
        return Object.fromEntries([...this.types].sort(([a], [b]) => (a < b ? -1 : 1)));
    }

    /** @throws TypeError for a name that has another meaning already */
    add(name: string, type: NamedType): TypeSpec {
        const token = tokenOf(name);
        const known = this.types.get(token);
        if (known !== undefined && JSON.stringify(known) !== JSON.stringify(type)) throw new TypeError(`two types are named ${name}`);
        this.types.set(token, type);
        return { $ref: `#/types/${token}` };
    }

    /** @param name of the property, which an enumeration without a name of its own takes */
    enumeration(name: string, values: readonly string[], description?: string): TypeSpec {
        const entries = values.map((value) => ({ name: capitalized(value), value }));
        return this.add(capitalized(name), { ...(description !== undefined && { description }), type: "string", enum: entries });
    }

    /** @param added types that were added already, by the definitions that they stand for */
    reader(definitions: Readonly<Record<string, JsonSchema>>, side: Side, added: Readonly<Record<string, TypeSpec>> = {}): TypeReader {
        return new TypeReader(this, definitions, side, added);
    }
}

/** Reads the schema of one resource. */
export class TypeReader {
    constructor(
        private readonly named: NamedTypes,
        private readonly definitions: Readonly<Record<string, JsonSchema>>,
        private readonly side: Side,
        private readonly added: Readonly<Record<string, TypeSpec>>,
    ) {}

    property(name: string, schema: JsonSchema, description = this.resolved(schema).description): PropertySpec {
        if (description === undefined) throw new TypeError(`nothing is said of ${name}`);
        return { description, ...this.typeOf(schema, name) };
    }

    /** @param name for what has no name of its own */
    private typeOf(schema: JsonSchema, name: string): TypeSpec {
        const { $ref, type, items, additionalProperties, enum: values } = schema;
        if ($ref !== undefined) return this.definition($ref.slice("#/$defs/".length));
        const options = schema.anyOf ?? schema.oneOf;
        if (options !== undefined) return this.union(options, name, schema.description);
        // What a read may find in place of a boolean is no input of a program's.
        if (Array.isArray(type)) return this.side === "input" ? { type: "boolean" } : EITHER;
        if (values !== undefined) return this.named.enumeration(name, values);
        if (type === "array" && items !== undefined) return { type, items: this.typeOf(items, name) };
        if (type === "object" && schema.properties !== undefined) return this.named.add(capitalized(name), this.object([schema]));
        if (type === "object" && typeof additionalProperties === "object")
            return { type, additionalProperties: this.typeOf(additionalProperties, name) };
        if (isSimple(type)) return { type };
        throw new TypeError(`${name} has no type in Pulumi's notation`);
    }

    private definition(id: string): TypeSpec {
        const added = this.added[id];
        if (added !== undefined) return added;
        const schema = this.definitions[id];
        if (schema === undefined) throw new TypeError(`${id} is not defined`);
        const name = id.replace(/Args$/, "");
        if (schema.enum !== undefined) return this.named.enumeration(name, schema.enum, schema.description);
        const options = schema.anyOf?.map((option) => this.resolved(option)) ?? [schema];
        if (options.every(({ type }) => isSimple(type))) return this.union(options, name, schema.description);
        const differs = this.side === "output" && options.some(holdsFoundText);
        return this.named.add(differs ? `${name}State` : name, this.object(options, schema.description));
    }

    private union(options: readonly JsonSchema[], name: string, description?: string): TypeSpec {
        const flat = options
            .flatMap((option): readonly JsonSchema[] => option.anyOf ?? option.oneOf ?? [option])
            .map((one) => this.resolved(one));
        if (flat.every(({ properties }) => properties !== undefined))
            return this.named.add(capitalized(name), this.object(flat, description));
        const types = [...new Set(flat.map(({ type }) => type))];
        return types.every(isSimple) && types.length > 1 ? { oneOf: types.map((type) => ({ type })) } : ANY;
    }

    /** Several forms of an object become one, with all their fields. */
    private object(forms: readonly JsonSchema[], description = forms[0]?.description): ObjectType {
        const properties = Object.assign({}, ...forms.map((form) => form.properties)) as Record<string, JsonSchema>;
        const required = Object.keys(properties).filter((name) => forms.every((form) => form.required?.includes(name)));
        return {
            ...(description !== undefined && { description }),
            type: "object",
            properties: Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, this.property(name, schema)])),
            ...(required.length > 0 && { required }),
        };
    }

    /** What a reference refers to, with the reference's own words where it has any. */
    private resolved(schema: JsonSchema): JsonSchema {
        const { $ref, ...own } = schema;
        return $ref === undefined ? schema : { ...this.definitions[$ref.slice("#/$defs/".length)], ...own };
    }
}

const EITHER: TypeSpec = { oneOf: [{ type: "boolean" }, { type: "string" }] };

const holdsFoundText = ({ properties = {} }: JsonSchema): boolean => Object.values(properties).some(({ type }) => Array.isArray(type));
