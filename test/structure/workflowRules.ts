import { isMap, isScalar, parseDocument, visit } from "yaml";

/**
 * What is wrong with a workflow: YAML that does not parse, actions that are not pinned, more rights than a job needs.
 * @returns one line for each
 */
export function workflowBreaches(text: string): string[] {
    const document = parseDocument(text);
    if (document.errors.length > 0) return document.errors.map(({ message }) => message);
    const found: string[] = [];
    visit(document, {
        Pair(_key, { key, value }) {
            if (!isScalar(key) || key.value !== "uses" || !isScalar(value)) return;
            const action = String(value.value);
            // A tag can be moved to other code, a hash can't; people read versions, not hashes.
            if (!/^[\w./-]+@[0-9a-f]{40}$/.test(action)) found.push(`${action} is not pinned by the hash of a commit`);
            else if (!/^ v\d+\.\d+\.\d+$/.test(value.comment ?? "")) found.push(`${action} does not say its version`);
        },
    });
    const { permissions, jobs } = document.toJS() as { permissions?: unknown; jobs: Record<string, { permissions?: object }> };
    if (!isMap(document.get("permissions")) || JSON.stringify(permissions) !== `{"contents":"read"}`)
        found.push("its jobs may do more than read the repository");
    for (const [name, job] of Object.entries(jobs)) {
        const mayPublish = JSON.stringify(job.permissions ?? {}).includes("id-token");
        const runsCode = JSON.stringify(job).match(/npm (test|run|ci|install|pack)|node |\.ci\/|npx |actions\/checkout/);
        if (mayPublish && runsCode) found.push(`${name} may publish, and runs ${runsCode[0].trim()}`);
    }
    return found;
}
