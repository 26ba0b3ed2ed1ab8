import { sinkEffects } from "../../provider/core/items/sinkAccess";
import type { RegistryValue } from "../../provider/core/registry";

const cases: [RegistryValue, string][] = [
    ["absent", "does not check"],
    [{ kind: "REG_SZ", value: "0" }, "does not check"],
    [{ kind: "REG_SZ", value: "1" }, "checks"],
    [{ kind: "REG_SZ", value: "2" }, "unknown"],
    [{ kind: "REG_DWORD", value: 1 }, "unknown"],
];

test.each(cases)("given %j, a sink made with the default flag: %s", (value, check) => {
    expect(sinkEffects(value).defaultCheckAccess).toBe(check);
});

test.each(cases)("given %j, the flags that ignore the value are as ever", (value) => {
    expect(sinkEffects(value)).toMatchObject({ checkAccess: "checks", dontCheckAccess: "does not check" });
});
