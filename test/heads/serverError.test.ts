import { WmisecError } from "../../provider/core/errors";
import { serverError, showOwnLinesOnce } from "../../provider/heads/serverError";

test("an error of ours has a line of its own instead of a stack", () => {
    const error = serverError(new WmisecError("denied", "it said no", { host: "web-07", remedy: "ask" }));
    expect([String(error), error.stack]).toEqual(["pulumi-wmisec error denied", "web-07"]);
    expect(error.message).toContain("it said no");
});

test("only what the dynamic server prints of our errors is shown another way", () => {
    const printed: unknown[][] = [];
    const once: string[] = [];
    const printer = { error: (...args: unknown[]) => void printed.push(args) };
    showOwnLinesOnce(printer, (line) => once.push(line));
    const ours = serverError(new WmisecError("denied", "no", { host: "web-07", remedy: "ask" }));
    for (const error of [ours, serverError(new TypeError("a defect"))]) printer.error(`${error}: ${error.stack}`);
    printer.error("%s", 7);
    expect(once).toEqual(["pulumi-wmisec error denied: web-07"]);
    expect(printed).toEqual([[expect.stringContaining("TypeError: a defect")], ["%s", 7]]);
});
