import fc from "fast-check";
import { editDefinition, flagInDefinition } from "../../provider/core/mof/document";
import { namespacePath } from "../../provider/core/namespacePath";
import { repositoryOf } from "../../provider/model/machineMofcomp";
import { mofcomp } from "../../provider/model/mofCompiler";
import { parseMof } from "../../provider/model/mofParser";
import { WindowsMachine } from "../../provider/model/windowsMachine";
import { fuzzRuns } from "../fuzz";
import { RANDOM_NAMESPACES, type RandomMof, randomMof } from "./randomMof";

const EVERYWHERE = [...RANDOM_NAMESPACES, "root/subscription"];
const edited = fc.record({ target: fc.constantFrom(...EVERYWHERE).map(namespacePath), required: fc.boolean() });

/** What the model of Windows makes of a file: the exit, and the flags of all namespaces afterwards. */
function compiled(bytes: Uint8Array) {
    const machine = new WindowsMachine({ namespaces: { "root/Contoso/Billing": null } });
    const { exit, output } = mofcomp("C:\\x.mof", bytes, repositoryOf(machine));
    return { exit, output, flags: new Map(EVERYWHERE.map((path) => [path, machine.flag(path)])) };
}

/** Stands between two statements, so that the edited text can be cut into what they became. */
const MARK = "/*#*/";

function bytesOf({ statements, encoding }: RandomMof): Buffer {
    return inEncoding(statements.map(({ text }) => `${text}${MARK}`).join(""), encoding);
}

function inEncoding(text: string, encoding: RandomMof["encoding"]): Buffer {
    if (encoding === "ansi") return Buffer.from(text, "latin1");
    const units = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, "utf16le")]);
    return encoding === "utf-16le" ? units : units.swap16();
}

const textOf = (bytes: Buffer, encoding: RandomMof["encoding"]): string =>
    encoding === "ansi" ? bytes.toString("latin1") : new TextDecoder(encoding, { fatal: true }).decode(bytes);

/** Which statements are the target's `__SystemSecurity`. */
function isOwn({ statements }: RandomMof, target: string): readonly boolean[] {
    let open = "root/default";
    return statements.map(({ opens, isSystemSecurity }) => {
        open = opens ?? open;
        return isSystemSecurity && open === target;
    });
}

/** A statement as the model's parser reads it, its flag aside. */
function withoutFlag(text: string) {
    const { objects, autorecover } = parseMof(text);
    return {
        autorecover,
        objects: objects.map((object) => ({
            ...object,
            firstLine: 0,
            lastLine: 0,
            qualifiers: object.kind === "class" ? [] : object.qualifiers.filter(({ name }) => name.toLowerCase() !== "requiresencryption"),
        })),
    };
}

const comments = (text: string) => text.match(/c\d+/g);

test("an edited file compiles, sets the flag of its namespace to what was asked, and no other's", () => {
    fc.assert(
        fc.property(randomMof, edited, (mof, { target, required }) => {
            const before = bytesOf(mof);
            const result = editDefinition(before, target, required);
            if (!result.ok) throw new Error(result.problem);
            const [was, is] = [compiled(before), compiled(result.bytes)];
            expect({ was: was.output.includes("Done!"), is: is.output }).toEqual({ was: true, is: expect.stringContaining("Done!") });
            expect(is.flags).toEqual(new Map(was.flags).set(target, required));
            expect(flagInDefinition(result.bytes, target)).toEqual({ ok: true, flag: required });
        }),
        fuzzRuns(300),
    );
});

test("every other statement stays to the byte, and of the namespace's own ones all but the flag", () => {
    fc.assert(
        fc.property(randomMof, edited, (mof, { target, required }) => {
            const result = editDefinition(bytesOf(mof), target, required);
            if (!result.ok) throw new Error(result.problem);
            const own = isOwn(mof, target);
            const after = textOf(result.bytes, mof.encoding).split(MARK);
            const appended = after.pop() ?? "";
            expect(after).toHaveLength(mof.statements.length);
            for (const [index, { text }] of mof.statements.entries()) {
                const now = after[index] ?? "";
                if (own[index]) {
                    expect(withoutFlag(now)).toEqual(withoutFlag(text));
                    expect(comments(now)).toEqual(comments(text));
                    expect(now.length - text.length).toBeLessThan(80);
                } else expect(now).toBe(text);
            }
            expect(appended === "").toBe(own.includes(true));
        }),
        fuzzRuns(300),
    );
});

test("what a file says of a namespace is what its last statement sets", () => {
    fc.assert(
        fc.property(randomMof, edited, (mof, { target }) => {
            const last = mof.statements[isOwn(mof, target).lastIndexOf(true)];
            const { flags } = compiled(inEncoding(`#pragma namespace("//./${target}")\n${last?.text ?? ""}`, mof.encoding));
            expect(flagInDefinition(bytesOf(mof), target)).toEqual({ ok: true, flag: flags.get(target) ?? "absent" });
        }),
        fuzzRuns(),
    );
});

test("a second edit changes nothing", () => {
    fc.assert(
        fc.property(randomMof, edited, (mof, { target, required }) => {
            const first = editDefinition(bytesOf(mof), target, required);
            if (!first.ok) throw new Error(first.problem);
            const second = editDefinition(first.bytes, target, required);
            expect(second).toMatchObject({ ok: true, changed: false });
            expect(second.ok && second.bytes.equals(first.bytes)).toBe(true);
        }),
        fuzzRuns(),
    );
});

test("a damaged file is edited so that it sets the flag, or refused with a line of it; what compiles is not refused", () => {
    const damage = fc.record({
        at: fc.nat(),
        length: fc.integer({ min: 0, max: 3 }),
        by: fc.constantFrom("", '"', "/*", "//", "{", "]", "\\", ";", "x", "#"),
    });
    fc.assert(
        fc.property(randomMof, damage, edited, (mof, { at, length, by }, { target, required }) => {
            const text = mof.statements.map((one) => one.text).join("");
            const place = at % (text.length + 1);
            const damaged = inEncoding(`${text.slice(0, place)}${by}${text.slice(place + length)}`, mof.encoding);
            const { exit } = compiled(damaged);
            const result = editDefinition(damaged, target, required);
            if (result.ok) {
                expect(flagInDefinition(result.bytes, target)).toEqual({ ok: true, flag: required });
                if (exit !== 0) return;
                const { exit: nowExit, flags } = compiled(result.bytes);
                expect([nowExit, flags.get(target)]).toEqual([0, required]);
                return;
            }
            expect(result.problem).not.toBe("");
            if (result.line !== undefined) expect(result.line).toBeLessThanOrEqual(text.split("\n").length + 1);
            if (exit === 0) expect(result.problem).toMatch(/carriage return without a line feed/);
        }),
        fuzzRuns(300),
    );
});

test("no bytes make the reader fail, and none are changed that can't be read", () => {
    fc.assert(
        fc.property(
            fc.uint8Array({ maxLength: 200 }),
            fc.constantFrom("", "\ufffe", "//", '"'),
            edited,
            (noise, start, { target, required }) => {
                const bytes = Buffer.concat([Buffer.from(start, "latin1"), noise]);
                const result = editDefinition(bytes, target, required);
                expect(flagInDefinition(bytes, target).ok).toBe(result.ok);
                if (result.ok) expect(result.bytes.subarray(0, bytes.length).equals(bytes)).toBe(true);
            },
        ),
        fuzzRuns(),
    );
});
