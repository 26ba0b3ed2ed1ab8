import { isWmisecError, WmisecError } from "../../provider/core/errors";
import { presentError } from "../../provider/plugin/presentError";

const redact = (text: string) => text.replaceAll("canary", "[secret]");

/** All that a head may show of an error. */
const shown = (error: Error) => [error.message, error.stack, isWmisecError(error) ? JSON.stringify(error.details) : ""].join("\n");

test("an error of ours stays one, and no part of it has a secret", () => {
    const cause = new Error("canary");
    const error = presentError(
        new WmisecError("denied", "it said canary", { host: "web-07", said: "canary", remedy: "ask", cause }),
        redact,
    );
    expect(isWmisecError(error) && [error.code, error.host, error.cause]).toEqual(["denied", "web-07", undefined]);
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
