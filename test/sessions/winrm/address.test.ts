import type { Connection } from "../../../provider/core/connection";
import { addressOf } from "../../../provider/sessions/winrm/address";

test.each<[string, Partial<Connection>, string]>([
    ["a name", { host: "web-07" }, "https://web-07:5986/wsman"],
    ["HTTP", { host: "web-07", scheme: "http" }, "http://web-07:5985/wsman"],
    ["another port and path", { host: "web-07", port: 443, path: "winrm/7" }, "https://web-07:443/winrm/7"],
    ["a path with a slash in front", { host: "web-07", path: "/wsman" }, "https://web-07:5986/wsman"],
    ["an IPv6 address", { host: "2001:db8::7" }, "https://[2001:db8::7]:5986/wsman"],
    ["an IPv6 address in brackets", { host: "[2001:db8::7]" }, "https://[2001:db8::7]:5986/wsman"],
    ["an IPv6 address with a zone, which only this machine knows", { host: "fe80::7%eth0" }, "https://[fe80::7]:5986/wsman"],
])("the URL of %s", (_what, more, url) => {
    const address = addressOf({ host: "", user: "svc", transport: "winrm", ...more });
    expect(address.url).toBe(url);
    expect(url).toContain(`://${address.authority}${address.path}`);
    expect(address.host).toBe(more.host);
});
