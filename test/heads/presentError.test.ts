import { WmisecError } from "../../provider/core/errors";
import { presentError, showOwnLinesOnce } from "../../provider/heads/presentError";

const redact = (text: string) => text.replaceAll("canary", "[secret]");

/** All that the dynamic server may print of an error. */
const shown = (error: Error) => `${error}\n${error.message}\n${error.stack}`;

test("an error of ours has a line of its own instead of a stack, and no secret", () => {
    const error = presentError(new WmisecError("denied", "it said canary", { host: "web-07", said: "canary", remedy: "ask" }), redact);
    expect([String(error), error.stack]).toEqual(["pulumi-wmisec error denied", "web-07"]);
    expect(error.message).toContain("it said [secret]");
    expect(shown(error)).not.toContain("canary");
});

test("any other error keeps its kind and its stack, and loses secrets too", () => {
    const error = presentError(new TypeError("not expected: canary"), redact);
    expect(String(error)).toBe("TypeError: not expected: [secret]");
    expect(error.stack).toContain("presentError.test");
    expect(shown(error)).not.toContain("canary");
});

test("a secret that the end of a long text would cut in two is taken out whole", () => {
    for (let pad = 1980; pad <= 2010; pad++) {
        const text = `${"x".repeat(pad)}canary`;
        for (const details of [{ said: text }, { said: "y", tried: text }])
            expect(shown(presentError(new WmisecError("denied", "no", { ...details, remedy: "ask" }), redact))).not.toContain("can");
        expect(shown(presentError(new WmisecError("denied", text, { remedy: "ask" }), redact))).not.toContain("can");
    }
});

test("only what the dynamic server prints of our errors is shown another way", () => {
    const printed: unknown[][] = [];
    const once: string[] = [];
    const printer = { error: (...args: unknown[]) => void printed.push(args) };
    showOwnLinesOnce(printer, (line) => once.push(line));
    const ours = presentError(new WmisecError("denied", "no", { host: "web-07", remedy: "ask" }), redact);
    for (const error of [ours, presentError(new TypeError("a defect"), redact)]) printer.error(`${error}: ${error.stack}`);
    printer.error("%s", 7);
    expect(once).toEqual(["pulumi-wmisec error denied: web-07"]);
    expect(printed).toEqual([[expect.stringContaining("TypeError: a defect")], ["%s", 7]]);
});
