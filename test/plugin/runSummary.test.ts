import { GivenNames } from "../../provider/core/ledger/givenNames";
import { runSummary } from "../../provider/plugin/runSummary";
import { Tally } from "../../provider/plugin/tally";

let tally: Tally;
beforeEach(() => {
    tally = new Tally();
});
const given = (evict: string[] = [], forget: string[] = []) => ({
    evict: new GivenNames(new Set(evict)),
    forget: new GivenNames(new Set(forget)),
});
const words = () => runSummary(tally, given());

test("there is no line if nothing was done or all is as declared", () => {
    expect(words()).toEqual([]);
    tally.note("a", "web-01", "asDeclared");
    expect(words()).toEqual([]);
});

test("one line tells all conditions apart, with each host once", () => {
    for (const [index, condition] of (
        ["asDeclared", "failed", "deferred", "unreachable", "unfinished", "denied", "drifted", "drifted"] as const
    ).entries())
        tally.note(`${index}`, `web-0${index}`, condition);
    tally.note("8", "web-07", "drifted");
    expect(words()).toEqual([
        "wmisec: 1 as declared, 3 drifted (web-06, web-07), 1 denied (web-05), 1 unfinished (web-04), 1 unreachable (web-03), " +
            "1 unreachable with changes put off (web-02), 1 failed (web-01)",
    ]);
});

test("the last operation on a resource counts: what was healed or deleted is not told", () => {
    tally.note("a", "web-01", "drifted");
    tally.note("b", "web-02", "drifted");
    tally.note("c", "web-03", "drifted");
    tally.note("a", "web-01", "asDeclared");
    tally.drop("b");
    expect(words()).toEqual(["wmisec: 1 as declared, 1 drifted (web-03)"]);
});

test("more than ten hosts are counted, not named", () => {
    for (let index = 10; index < 22; index += 1) tally.note(`${index}`, `web-${index}`, "unreachable");
    expect(words()[0]).toMatch(/^wmisec: 0 as declared, 12 unreachable \(web-10, web-11, .*web-19 and 2 more\)$/);
});

test("what was left to lives that nobody asked for comes first", () => {
    tally.note("a", "web-01", "drifted");
    expect(runSummary(tally, given(), ["web-01: root/contoso stays as it is"])[0]).toBe("web-01: root/contoso stays as it is");
});

describe("names in WMISEC_FORGET and WMISEC_EVICT that were not used", () => {
    test("are reported", () => {
        tally.began("write");
        expect(runSummary(tally, given(["org/gone"], ["web-98", "web-99"]))).toEqual([
            "WMISEC_FORGET did nothing for web-98, web-99: every host of that name answered, or no connection of this run has it as its host",
            "WMISEC_EVICT did nothing for org/gone: no ledger entry in this run has that owner",
        ]);
    });

    test("are not reported in a run that could not use them: a preview asks nobody, a refresh evicts nobody", () => {
        expect(runSummary(tally, given(["org/gone"], ["web-99"]))).toEqual([]);
        tally.began("read");
        expect(runSummary(tally, given(["org/gone"]))).toEqual([]);
    });

    test("are not reported when they were used", () => {
        tally.began("write");
        const names = given(["org/gone"], ["web-99"]);
        names.evict.has("org/gone");
        names.forget.has("web-99");
        expect(runSummary(tally, names)).toEqual([]);
    });
});
