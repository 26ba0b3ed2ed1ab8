import { AsyncLocalStorage } from "node:async_hooks";
import { UnreachableWarning } from "../../provider/plugin/unreachableWarning";

test("hosts that do not answer are told of together, and the line belongs to no resource", async () => {
    const resource = new AsyncLocalStorage<string>();
    const said: unknown[] = [];
    const warning = new UnreachableWarning(async (text) => void said.push([text, resource.getStore()]));
    await Promise.all(["web-02", "web-01"].map((host) => resource.run(host, () => warning.add(host))));
    expect(said).toEqual([["2 hosts did not answer, so the last known state was kept: web-01, web-02", undefined]]);
});
