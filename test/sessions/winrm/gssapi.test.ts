import { Secrets } from "../../../provider/sessions/secrets";
import type * as WinrmCredentials from "../../../provider/sessions/winrm/winrmCredentials";
import { failure } from "../../errors";

test.each([
    ["koffi", "MODULE_NOT_FOUND", /npm install koffi/],
    ["koffi, which the executable can't have,", "ERR_UNKNOWN_BUILTIN_MODULE", /npm install pulumi-wmisec koffi/],
    ["the system's library", undefined, /libgssapi-krb5-2/],
])("where %s is missing, a login by Kerberos says what to install, and is no silence of the host", async (_what, code, words) => {
    jest.resetModules();
    jest.doMock("koffi", () => {
        if (code !== undefined) throw Object.assign(new Error("Cannot find module 'koffi'"), { code });
        return {
            load: () => {
                throw new Error("no such library");
            },
        };
    });
    const { readWinrmCredentials } = require("../../../provider/sessions/winrm/winrmCredentials") as typeof WinrmCredentials;
    const secrets = new Secrets({ env: {}, home: "/nonexistent", signal: new AbortController().signal });
    const error = await failure(readWinrmCredentials({ host: "web-07", user: "svc", transport: "winrm" }, secrets));
    expect(error.code).toBe("invalidInput");
    expect(error.message).toMatch(words);
    // NTLM asks for none of it.
    const ntlm = { host: "web-07", user: "svc", password: "p", transport: "winrm" } as const;
    expect((await readWinrmCredentials(ntlm, secrets)).proof(undefined)).toMatchObject({ by: "negotiate" });
});
