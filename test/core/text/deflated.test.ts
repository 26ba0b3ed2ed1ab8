import fc from "fast-check";
import { sha256 } from "../../../provider/core/sha256";
import { deflated, inflated } from "../../../provider/core/text/deflated";
import { fuzzRuns } from "../../fuzz";

test("any text comes back as it was", () =>
    fc.assert(
        fc.property(fc.string({ unit: "grapheme", maxLength: 2000 }), (text) => inflated(deflated(text)) === text),
        fuzzRuns(200),
    ));

test("hosts that are alike take little room", () => {
    const hosts = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`web-${index}.contoso.test`, { connection: {} }]));
    const text = JSON.stringify(hosts);
    expect(deflated(text).length).toBeLessThan(text.length / 5);
});

/** States are compared: a release of the library that writes another text would make each fleet look changed. */
test("the text of what a fleet remembers is the same on every machine, and in every release", () => {
    const memory = { v: 1, inputs: { owner: "acme/fleet", hosts: { a: {}, b: {} } }, members: [{ hosts: { a: "m1", b: "m2" } }] };
    expect(deflated(JSON.stringify(memory))).toBe(
        "eJxVi8EKgCAQRP9lzkLY0V+JDhobBa2GWh1k/72NTl5mBt6bhhvOGuzxvGqBa0hPpAwHvzAN60FUYbCl8lOvIQbhK9HBxIGyoql1EtjqTTXwCJFZXgm7IW8=",
    );
    const large = Array.from({ length: 5_000 }, (_, index) => sha256(`host ${index}`)).join();
    expect(sha256(deflated(large))).toBe("bd949d4fb18bf0d2f514570de510e3446e31a5f3e1afbbb8aaeaaec74fc309cb");
});

test("a text that was cut, changed, or never was one is not read", () => {
    const text = deflated("a text of some length, which says something");
    const bytes = Buffer.from(text, "base64");
    const last = bytes.length - 1;
    bytes[last] = (bytes[last] ?? 0) ^ 1;
    for (const broken of ["", "{}", '{"v":1}', text.slice(0, 20), bytes.toString("base64")]) expect(inflated(broken)).toBeUndefined();
});
