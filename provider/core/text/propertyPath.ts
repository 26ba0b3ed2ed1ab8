/**
 * In Pulumi's notation, so that the words can be pasted into `ignoreChanges`: `namespaces["root/cimv2"].requiresEncryption`. A quote in a key
 * is escaped by a backslash, and nothing else is (pulumi/pulumi sdk/go/common/resource/properties_path.go).
 */
export function propertyPath(path: readonly PropertyKey[]): string {
    return path
        .map((key, index) => {
            if (typeof key === "number") return `[${key}]`;
            const name = String(key);
            if (!/^\w+$/.test(name)) return `[${JSON.stringify(name).replaceAll("\\\\", "\\")}]`;
            return index === 0 ? name : `.${name}`;
        })
        .join("");
}
