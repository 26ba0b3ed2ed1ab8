import { type NamespacePath, parseNamespacePath } from "../../namespacePath";
import { type InstanceStatement, instancesOf } from "./document";
import type { Qualifier } from "./grammar";
import { DefinitionProblem } from "./problem";

/** The namespace of an instance if nothing names one (MicrosoftDocs/win32 desktop-src/WmiSdk/pragma-namespace.md). */
const DEFAULT_NAMESPACE = "root\\default";

/** An `instance of __SystemSecurity` of one namespace. */
export interface FlagStatement extends InstanceStatement {
    /** Its RequiresEncryption qualifier. */
    readonly qualifier: Qualifier | undefined;
    /** The qualifier's value; null if there is no qualifier. A bare one means FALSE from Windows 8 on (WmiSdk/mofcomp.md, remarks). */
    readonly flag: boolean | null;
}

/**
 * The statements about one namespace's own flag, in the order of compiling.
 * @throws DefinitionProblem also if the flag is not a boolean or is set twice
 */
export const flagStatements = (text: string, namespace: NamespacePath): readonly FlagStatement[] =>
    securityInstances(text)
        .filter((one) => namespaceIn(one) === namespace)
        .map(withQualifier);

/**
 * The flags that compiling the text sets, for all namespaces. The last one for each namespace wins. An instance without the qualifier sets
 * none.
 * @throws DefinitionProblem as `flagStatements`
 */
export function flagsSet(text: string): ReadonlyMap<NamespacePath, boolean> {
    const flags = new Map<NamespacePath, boolean>();
    for (const one of securityInstances(text)) {
        const namespace = namespaceIn(one);
        const { flag } = withQualifier(one);
        if (namespace !== undefined && flag !== null) flags.set(namespace, flag);
    }
    return flags;
}

const securityInstances = (text: string): InstanceStatement[] =>
    instancesOf(text).filter(({ instance }) => instance.className.text.toLowerCase() === "__systemsecurity");

/** Undefined for a path on another computer, or one that we would not write. */
function namespaceIn(statement: InstanceStatement): NamespacePath | undefined {
    const parsed = parseNamespacePath(statement.namespace ?? DEFAULT_NAMESPACE);
    return parsed.ok ? parsed.path : undefined;
}

function withQualifier(one: InstanceStatement): FlagStatement {
    const qualifier = flagQualifier(one);
    return { ...one, qualifier, flag: qualifier === undefined ? null : flagOf(qualifier) };
}

function flagQualifier({ qualifiers }: InstanceStatement): Qualifier | undefined {
    const [found, again] = qualifiers.filter(({ name }) => name.text.toLowerCase() === "requiresencryption");
    if (again !== undefined) throw new DefinitionProblem("an instance has RequiresEncryption twice", again.line);
    return found;
}

function flagOf({ value, line }: Qualifier): boolean {
    if (value === undefined) return false;
    if (value.kind === "boolean") return value.value;
    throw new DefinitionProblem("the value of RequiresEncryption must be TRUE or FALSE, without quotes", line);
}
