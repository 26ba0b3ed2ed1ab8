import { type NamespacePath, parseNamespacePath } from "../namespacePath";
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
export function flagStatements(text: string, namespace: NamespacePath): readonly FlagStatement[] {
    return instancesOf(text)
        .filter((one) => one.instance.className.text.toLowerCase() === "__systemsecurity" && isIn(one, namespace))
        .map((one) => {
            const qualifier = flagQualifier(one);
            return { ...one, qualifier, flag: qualifier === undefined ? null : flagOf(qualifier) };
        });
}

/** A path that is none of this computer, or none that we would write, is another namespace's. */
function isIn(statement: InstanceStatement, namespace: NamespacePath): boolean {
    const parsed = parseNamespacePath(statement.namespace ?? DEFAULT_NAMESPACE);
    return parsed.ok && parsed.path === namespace;
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
