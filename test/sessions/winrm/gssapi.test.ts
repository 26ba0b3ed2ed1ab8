import { Secrets } from "../../../provider/sessions/secrets";
import type * as WinrmCredentials from "../../../provider/sessions/winrm/winrmCredentials";
import { failure } from "../../errors";

test.each([
    ["koffi", "koffi", /npm install koffi/],
    ["the system's library", undefined, /libgssapi-krb5-2/],
])("where %s is missing, a login by Kerberos says what to install, and is no silence of the host", async (_what, missing, words) => {
    jest.resetModules();
    jest.doMock("koffi", () => {
        if (missing !== undefined) throw new Error("Cannot find module 'koffi'");
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
