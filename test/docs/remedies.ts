import { readdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import ts from "typescript";
import { ERROR_CODES, type ErrorCode } from "../../provider/core/errors";

const PROVIDER = resolve(__dirname, "../../provider");

/** The sources that make errors; a model's and a simulator's faults are no errors of ours. */
const SOURCES = readdirSync(PROVIDER, { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts") && !/^(model|simulator)[\\/]/.test(path))
    .map((path) => {
        const text = readFileSync(join(PROVIDER, path), "utf8");
        return ts.createSourceFile(path, text, ts.ScriptTarget.ES2022, true);
    });

/** All that the sources say, for texts that a page quotes. */
export const SAID = SOURCES.flatMap((source) => textsIn(source)).join("\n");

function collected(): Map<ErrorCode, string[]> {
    const found = new Map<ErrorCode, string[]>(ERROR_CODES.map((code) => [code, []]));
    const visit = (node: ts.Node): void => {
        // What has no space is a name of ours and no advice.
        for (const [code, texts] of remediesOf(node)) found.get(code)?.push(...texts.filter((text) => text.includes(" ")));
        ts.forEachChild(node, visit);
    };
    for (const source of SOURCES) visit(source);
    return found;
}

/** What makes errors of one code only. */
const MAKERS: Readonly<Record<string, ErrorCode>> = {
    ControllerFault: "invalidInput",
    KeyProblem: "invalidInput",
    NoSecret: "secretUnavailable",
    NoCommonAlgorithm: "noCommonAlgorithm",
};
const FUNCTIONS: Readonly<Record<string, ErrorCode>> = {
    compilationText: "mofSyntax",
    remedyForCode: "mofRejected",
    endedRemedy: "mofcompFailed",
    mofcompRemedy: "mofcompFailed",
};

function remediesOf(node: ts.Node): [ErrorCode, string[]][] {
    if (ts.isNewExpression(node)) {
        const maker = node.expression.getText();
        const [first, ...others] = node.arguments ?? [];
        if (maker === "WmisecError" && first !== undefined) {
            const remedies = others.flatMap(remedyIn);
            return codesIn(first).map((code) => [code, remedies]);
        }
        const code = MAKERS[maker];
        return code === undefined
            ? []
            : [[code, others.flatMap((one) => (ts.isObjectLiteralExpression(one) ? remedyIn(one) : textsIn(one)))]];
    }
    if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) {
        const code = FUNCTIONS[node.name?.getText() ?? ""];
        return code === undefined || node.body === undefined ? [] : [[code, returnedBy(node.body)]];
    }
    if (ts.isPropertyAssignment(node)) {
        const code = asCode(node.name.getText().replace(/"/g, ""));
        return code === undefined ? [] : [[code, textsIn(node.initializer)]];
    }
    if (ts.isCaseClause(node) && ts.isStringLiteral(node.expression)) {
        const code = asCode(node.expression.text);
        return code === undefined ? [] : [[code, node.statements.flatMap(returnedBy)]];
    }
    return [];
}

/** A code may be chosen among several. */
function codesIn(node: ts.Node): ErrorCode[] {
    if (ts.isConditionalExpression(node)) return [...codesIn(node.whenTrue), ...codesIn(node.whenFalse)];
    const code = ts.isStringLiteral(node) ? asCode(node.text) : undefined;
    return code === undefined ? [] : [code];
}

function returnedBy(node: ts.Node): string[] {
    if (ts.isReturnStatement(node)) return node.expression === undefined ? [] : textsIn(node.expression);
    const texts: string[] = [];
    ts.forEachChild(node, (child) => void texts.push(...returnedBy(child)));
    return texts;
}

function asCode(text: string): ErrorCode | undefined {
    return ERROR_CODES.find((code) => code === text);
}

function remedyIn(details: ts.Node): string[] {
    if (!ts.isObjectLiteralExpression(details)) return [];
    return details.properties.flatMap((property) =>
        ts.isPropertyAssignment(property) && property.name.getText() === "remedy" ? textsIn(property.initializer) : [],
    );
}

/** Constants of the same file count as what they hold. */
function textsIn(node: ts.Node): string[] {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) return [node.text];
    if (ts.isIdentifier(node) && /^[A-Z][A-Z_]+$/.test(node.text)) return constant(node);
    const texts: string[] = [];
    ts.forEachChild(node, (child) => void texts.push(...textsIn(child)));
    return texts;
}

function constant(name: ts.Identifier): string[] {
    const declaration = name
        .getSourceFile()
        .statements.filter(ts.isVariableStatement)
        .flatMap(({ declarationList }) => declarationList.declarations)
        .find((one) => one.name.getText() === name.text);
    if (declaration?.initializer === undefined || declaration.name === name) return [];
    return textsIn(declaration.initializer);
}

/**
 * What the code tells people to do, by the error's code: the `remedy` of each error, the texts of tables by code, and what is
 * returned in a `case` for a code. Text that is put together at run time is there by its parts.
 */
export const REMEDIES: ReadonlyMap<ErrorCode, readonly string[]> = collected();
