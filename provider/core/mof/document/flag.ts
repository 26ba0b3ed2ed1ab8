import { type NamespacePath, parseNamespacePath } from "../../namespacePath";
import { type InstanceStatement, instancesOf } from "./document";
import type { Qualifier } from "./grammar";
import { DefinitionProblem } from "./problem";

/** Where `instance of __SystemSecurity` is compiled to when nothing says so (MicrosoftDocs/win32 desktop-src/WmiSdk/pragma-namespace.md). */
const DEFAULT_NAMESPACE = "root\\default";

/** An `instance of __SystemSecurity` of one namespace. */
export interface FlagStatement extends InstanceStatement {
    /** Its RequiresEncryption qualifier. */
    readonly qualifier: Qualifier | undefined;
    /** What that says: null where there is none. A bare one means FALSE from Windows 8 on (WmiSdk/mofcomp.md, remarks). */
    readonly flag: boolean | null;
}

/**
 * The statements that are about a namespace's own flag, in the order of compiling.
 * @throws DefinitionProblem also where the flag is not a boolean, or said twice
 */
export const flagStatements = (text: string, namespace: NamespacePath): readonly FlagStatement[] =>
    securityInstances(text)
        .filter((one) => namespaceIn(one) === namespace)
        .map(withQualifier);

/**
 * What compiling the text sets, of all namespaces: of each the last flag, because what is compiled last wins. An instance without the
 * qualifier sets none.
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

/** Undefined for a path that is none of this computer, or none that we would write. */
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
    if (again !== undefined) throw new DefinitionProblem("RequiresEncryption stands twice on one instance", again.line);
    return found;
}

function flagOf({ value, line }: Qualifier): boolean {
    if (value === undefined) return false;
    if (value.kind === "boolean") return value.value;
    throw new DefinitionProblem("the value of RequiresEncryption must be TRUE or FALSE, without quotes", line);
}
