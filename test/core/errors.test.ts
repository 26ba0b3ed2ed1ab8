import fc from "fast-check";
import { isWmisecError, printable, WmisecError } from "../../provider/core/errors";
import { fuzzRuns } from "../fuzz";

test("an error says which host, what was said, what was tried, what to do", () => {
    const error = new WmisecError("mofSyntax", "mofcomp refused root\\contoso", {
        said: "line 1\nline 2",
        tried: "mofcomp",
        remedy: "report it",
    }).on("web-07");
    expect(error.message).toBe(
        ["web-07: mofcomp refused root\\contoso", "  said:  line 1", "         line 2", "  tried: mofcomp", "  do:    report it"].join(
            "\n",
        ),
    );
    expect(error.code).toBe("mofSyntax");
    expect(error.host).toBe("web-07");
});

test("a name for the host does not take the place of what was tried", () => {
    const error = new WmisecError("denied", "no", { tried: "this", remedy: "that" });
    expect(error.on("web-07", "something else").details.tried).toBe("this");
    expect(new WmisecError("denied", "no", { remedy: "that" }).on("web-07", "this").details.tried).toBe("this");
});

test("an error of which more is known keeps all the rest", () => {
    const cause = new Error("why");
    const error = new WmisecError("denied", "no", { host: "web-07", said: "said", tried: "tried", remedy: "do", cause });
    const more = error.with({ summary: "no, twice", said: "more" });
    expect(more).toMatchObject({ code: "denied", host: "web-07", summary: "no, twice", cause });
    expect(more.details).toEqual({ ...error.details, said: "more" });
    expect(more.message).toBe(["web-07: no, twice", "  said:  more", "  tried: tried", "  do:    do"].join("\n"));
    expect([error.summary, error.details.said]).toEqual(["no", "said"]);
});

test("each text of an error is reworded by itself, and what is not there stays so", () => {
    const error = new WmisecError("denied", "s", { host: "h", remedy: "r" });
    const seen: string[] = [];
    const reworded = error.reworded((text) => {
        seen.push(text);
        return `<${text}>`;
    });
    expect(seen.sort()).toEqual(["h", "r", "s"]);
    expect(reworded.message).toBe(["<h>: <s>", "  do:    <r>"].join("\n"));
});

test("errors of another copy of the package are known by name and code", () => {
    expect(isWmisecError(Object.assign(new Error("x"), { name: "WmisecError", code: "denied" }))).toBe(true);
    expect(isWmisecError(new Error("x"))).toBe(false);
    expect(isWmisecError("denied")).toBe(false);
});

test("printable text obeys no terminal, whatever a host says", () => {
    fc.assert(
        fc.property(fc.string({ unit: "binary" }), (text) => {
            expect(printable(text)).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
        }),
        fuzzRuns(),
    );
    expect(printable("a\u001b[31mb\u202ec\r\nd")).toBe("a [31mb c\nd");
});

test("printable text has an end", () => {
    expect(printable("x".repeat(100_000)).length).toBeLessThan(2100);
});
