import { type HostResourceName, specOf } from "../../provider/resources";

const NAMES: Readonly<Record<HostResourceName, true>> = { WmiNamespaceSecurity: true, UnsecAppPolicy: true };

test.each(Object.keys(NAMES))("%s stands in the list under its own name", (name) => expect(specOf(name).name).toBe(name));

test.each(["WmiNamespace", "constructor", ""])("%p is the name of no resource, and the error says what may be the reason", (name) =>
    expect(() => specOf(name)).toThrow(/has no resource ".*": is the installed release older than the state\?/),
);
