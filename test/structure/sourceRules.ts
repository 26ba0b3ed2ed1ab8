import { isBuiltin } from "node:module";
import { posix } from "node:path";
import ts from "typescript";

interface Part {
    /** Other parts of the package that it may import. */
    parts: string[];
    /** Packages that it may import. */
    packages?: string[];
    /** Node's own modules that it may import. Default: all. */
    builtins?: string[];
}

const PURE = ["crypto"];

/** Each part of the package with what it may import, itself aside: design by one-way order. A folder, or a file beside the folders. */
export const PARTS: Record<string, Part> = {
    "provider/core": { parts: [], packages: ["zod", "fflate"], builtins: [...PURE, "zlib"] },
    "provider/wsman": { parts: [], packages: ["saxes"], builtins: PURE },
    "provider/model": { parts: ["provider/core"], builtins: PURE },
    "provider/agent": { parts: ["provider/core"], packages: ["zod"] },
    "provider/sessions": { parts: ["provider/core", "provider/wsman"], packages: ["ssh2", "cross-spawn", "koffi"] },
    "provider/hosts": { parts: ["provider/core", "provider/model", "provider/agent"] },
    "provider/simulator": { parts: ["provider/core", "provider/wsman", "provider/model", "provider/agent"], packages: ["ssh2"] },
    "provider/resources": { parts: ["provider/core"], packages: ["zod"], builtins: PURE },
    "provider/reconcile": { parts: ["provider/core", "provider/hosts"], builtins: PURE },
    "provider/handlers": {
        parts: ["provider/core", "provider/hosts", "provider/resources", "provider/reconcile"],
        packages: ["zod"],
        builtins: PURE,
    },
    "provider/fleet": {
        parts: ["provider/core", "provider/hosts", "provider/resources", "provider/reconcile", "provider/handlers"],
        packages: ["zod"],
        builtins: PURE,
    },
    "provider/connect": { parts: ["provider/core", "provider/agent", "provider/sessions", "provider/hosts"] },
    "provider/plugin": {
        parts: ["provider/core", "provider/resources", "provider/reconcile", "provider/handlers", "provider/fleet", "provider/connect"],
    },
    "provider/schema": { parts: ["provider/core", "provider/resources"], packages: ["zod"], builtins: PURE },
    "provider/heads": {
        parts: ["provider/core", "provider/resources", "provider/handlers", "provider/plugin", "provider/schema"],
        packages: ["@pulumi/pulumi", "@grpc/grpc-js", "google-protobuf"],
    },
    "provider/index": { parts: ["provider/heads"] },
    sdk: { parts: ["provider/core"], packages: ["@pulumi/pulumi"] },
};

/** Modules that only files below one folder, or one file, may import: what NTLM needs is broken for any other use, and koffi may not be there. */
const ONLY_BELOW: Readonly<Record<string, string>> = {
    "provider/wsman/ntlm/md4": "provider/wsman/ntlm/",
    "provider/wsman/ntlm/rc4": "provider/wsman/ntlm/",
    koffi: "provider/sessions/winrm/gssapi.ts",
};

/** The only reader of the environment: everybody else takes what it needs as a parameter. */
const ENVIRONMENT_READER = "provider/connect";

/** The part that a source file belongs to: `provider/core/mof.ts` to `provider/core`, `provider/index.ts` to `provider/index`. */
export function partOf(file: string): string {
    const [top = "", second = ""] = file.split("/");
    return top === "provider" ? `provider/${second.replace(/\.ts$/, "")}` : top;
}

/** What a part is divided into: a folder in it, or a file beside those folders: `provider/core/ledger`, `provider/core/errors.ts`. */
const roomOf = (file: string): string => file.split("/").slice(0, 3).join("/");

/**
 * Files, and rooms of one part, that import each other in a circle. A type counts like anything else: who can't be understood without the
 * other is no part of its own.
 * @param texts by file, relative to the repository, with `/`
 * @returns one line for each circle: its members
 */
export function circles(texts: ReadonlyMap<string, string>): string[] {
    const files = new Map([...texts].map(([file, text]) => [file, importedFiles(file, text, texts)]));
    const rooms = new Map<string, Set<string>>();
    for (const [file, imported] of files) {
        const room = rooms.get(roomOf(file)) ?? new Set();
        rooms.set(roomOf(file), room);
        for (const target of imported) if (roomOf(target) !== roomOf(file)) room.add(roomOf(target));
    }
    return [...new Set([...circlesIn(files), ...circlesIn(rooms)])];
}

/**
 * Which part imports which, without the arrows that follow from others: where A imports B and B imports C, A -> C is left out.
 * @param texts by file, relative to the repository, with `/`
 * @returns lines of a Mermaid graph, sorted: `hosts --> agent`
 */
export function arrows(texts: ReadonlyMap<string, string>): string[] {
    const parts = new Map<string, Set<string>>();
    for (const [file, text] of texts) {
        const part = partOf(file);
        const imported = parts.get(part) ?? new Set();
        parts.set(part, imported);
        for (const target of importedFiles(file, text, texts)) if (partOf(target) !== part) imported.add(partOf(target));
    }
    const lines = [...parts].flatMap(([part, imported]) => {
        const follows = new Set([...imported].flatMap((other) => [...reachedFrom(other, parts)]));
        return [...imported].filter((other) => !follows.has(other)).map((other) => `${nameOf(part)} --> ${nameOf(other)}`);
    });
    return lines.sort();
}

const nameOf = (part: string): string => part.replace(/^provider\//, "");

function importedFiles(file: string, text: string, texts: ReadonlyMap<string, string>): ReadonlySet<string> {
    const found = new Set<string>();
    const visit = (node: ts.Node): void => {
        const imported = importedModule(node);
        if (imported?.startsWith(".")) {
            const path = posix.join(posix.dirname(file), imported);
            for (const candidate of [`${path}.ts`, `${path}/index.ts`]) if (texts.has(candidate)) found.add(candidate);
        }
        ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
    return found;
}

function circlesIn(graph: ReadonlyMap<string, ReadonlySet<string>>): string[] {
    const reached = new Map([...graph.keys()].map((node) => [node, reachedFrom(node, graph)]));
    const inCircle = [...graph.keys()].filter((node) => reached.get(node)?.has(node));
    return inCircle.map((node) =>
        inCircle
            .filter((other) => reached.get(node)?.has(other) && reached.get(other)?.has(node))
            .sort()
            .join(", "),
    );
}

function reachedFrom(start: string, graph: ReadonlyMap<string, ReadonlySet<string>>): ReadonlySet<string> {
    const reached = new Set<string>();
    const open = [...(graph.get(start) ?? [])];
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
        if (reached.has(next)) continue;
        reached.add(next);
        open.push(...(graph.get(next) ?? []));
    }
    return reached;
}

/**
 * What in a source file breaks the rules.
 * @param file relative to the repository, with `/`
 * @returns one line for each breach: `FILE:LINE: what`
 */
export function breaches(file: string, text: string): string[] {
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
    const found: string[] = [];
    const report = (node: ts.Node, what: string) => {
        found.push(`${file}:${source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1}: ${what}`);
    };
    const visit = (node: ts.Node): void => {
        const imported = importedModule(node);
        if (imported !== undefined) {
            const problem = importProblem(file, imported);
            if (problem) report(node, problem);
        }
        if (node.kind === ts.SyntaxKind.AnyKeyword) report(node, "the type any");
        if (isEnvironment(node) && partOf(file) !== ENVIRONMENT_READER)
            report(node, `reads the environment outside ${ENVIRONMENT_READER}.ts`);
        if (isRebuiltError(node)) report(node, "rebuilds an error field by field instead of error.with()");
        const body = handlerOfErrors(node);
        if (body && isEmpty(body, source)) report(node, "swallows an error without a word why");
        ts.forEachChild(node, visit);
    };
    visit(source);
    text.split("\n").forEach((line, index) => {
        if (/(\/\/|\/\*|^\s*\*)\s*(@ts-(ignore|nocheck|expect-error)|biome-ignore|eslint-disable)/.test(line)) {
            found.push(`${file}:${index + 1}: silences the compiler or the linter`);
        }
    });
    return found;
}

/**
 * What PARTS allows and no file does.
 * @param texts by file, relative to the repository, with `/`
 * @returns `PART: what it may import`
 */
export function unusedGrants(texts: ReadonlyMap<string, string>): string[] {
    const used = new Set([...texts].flatMap(([file, text]) => importedNames(file, text).map((name) => `${partOf(file)}: ${name}`)));
    return Object.entries(PARTS).flatMap(([part, { parts, packages = [] }]) =>
        [...parts, ...packages].map((name) => `${part}: ${name}`).filter((grant) => !used.has(grant)),
    );
}

/** Parts and packages that a file imports. */
function importedNames(file: string, text: string): string[] {
    const found: string[] = [];
    const visit = (node: ts.Node): void => {
        const imported = importedModule(node);
        if (imported !== undefined)
            found.push(imported.startsWith(".") ? partOf(posix.join(posix.dirname(file), imported)) : packageOf(imported));
        ts.forEachChild(node, visit);
    };
    visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
    return found;
}

const packageOf = (module: string): string =>
    module
        .split("/")
        .slice(0, module.startsWith("@") ? 2 : 1)
        .join("/");

function importProblem(file: string, module: string): string | undefined {
    const part = partOf(file);
    const rule = PARTS[part];
    if (!rule) return `${part} is not in the table of parts (test/structure/sourceRules.ts)`;
    const path = module.startsWith(".") ? posix.join(posix.dirname(file), module) : module;
    const below = ONLY_BELOW[path];
    if (below !== undefined && !file.startsWith(below)) return `${file} imports ${path}`;
    if (module.startsWith(".")) {
        const target = partOf(path);
        return target === part || rule.parts.includes(target) ? undefined : `${part} imports ${target}`;
    }
    if (isBuiltin(module)) {
        const name = module.replace(/^node:/, "");
        return !rule.builtins || rule.builtins.includes(name) ? undefined : `${part} imports node:${name}`;
    }
    const name = packageOf(module);
    return rule.packages?.includes(name) ? undefined : `${part} imports ${name}`;
}

/** The module that a node names: import and export lines, import types, `import()`, `require()` and `require.resolve()`. */
function importedModule(node: ts.Node): string | undefined {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) return literal(node.moduleSpecifier);
    if (ts.isExternalModuleReference(node)) return literal(node.expression);
    if (ts.isImportTypeNode(node)) return ts.isLiteralTypeNode(node.argument) ? literal(node.argument.literal) : undefined;
    if (!ts.isCallExpression(node)) return undefined;
    const callee = node.expression;
    const loads = callee.kind === ts.SyntaxKind.ImportKeyword || ["require", "require.resolve"].includes(callee.getText());
    return loads ? literal(node.arguments[0]) : undefined;
}

function literal(node: ts.Node | undefined): string | undefined {
    return node && ts.isStringLiteralLike(node) ? node.text : undefined;
}

/** `process.env`, `process["env"]`, and names that bring either into scope. */
function isEnvironment(node: ts.Node): boolean {
    if (ts.isPropertyAccessExpression(node)) return node.name.text === "env" && node.expression.getText() === "process";
    if (ts.isElementAccessExpression(node)) return literal(node.argumentExpression) === "env" && node.expression.getText() === "process";
    if (ts.isImportDeclaration(node)) return /^(node:)?process$/.test(literal(node.moduleSpecifier) ?? "");
    return ts.isVariableDeclaration(node) && ts.isObjectBindingPattern(node.name) && node.initializer?.getText() === "process";
}

/** `new WmisecError(error.code, ...)`: what is not named there is lost. */
function isRebuiltError(node: ts.Node): boolean {
    if (!ts.isNewExpression(node) || node.expression.getText() !== "WmisecError") return false;
    const [code] = node.arguments ?? [];
    return code !== undefined && ts.isPropertyAccessExpression(code) && code.name.text === "code" && code.expression.getText() !== "this";
}

/** The body of a `catch` clause, or of the function given to `.catch()`. */
function handlerOfErrors(node: ts.Node): ts.ConciseBody | undefined {
    if (ts.isCatchClause(node)) return node.block;
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== "catch")
        return undefined;
    const handler = node.arguments[0];
    return handler && (ts.isArrowFunction(handler) || ts.isFunctionExpression(handler)) ? handler.body : undefined;
}

/** Nothing done and nothing said: a comment inside, or on the line above the statement, says why. */
function isEmpty(body: ts.ConciseBody, source: ts.SourceFile): boolean {
    const nothing = ts.isBlock(body) ? body.statements.length === 0 : body.getText() === "undefined";
    if (!nothing || /\/[/*]/.test(body.getText())) return false;
    let statement: ts.Node = body;
    while (!ts.isBlock(statement.parent) && !ts.isSourceFile(statement.parent)) statement = statement.parent;
    return !ts.getLeadingCommentRanges(source.text, statement.getFullStart())?.length;
}
