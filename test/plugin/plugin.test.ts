import { type AddressInfo, createServer } from "node:net";
import type { Engine } from "../../provider/plugin/engine";
import { startPlugin } from "../../provider/plugin/plugin";

const engine = createServer();
afterAll(() => new Promise((resolve) => engine.close(resolve)));

test("a run that ends in a process of somebody else's has its last words once, lets no write begin, and leaves the process alone", async () => {
    await new Promise<void>((resolve) => void engine.listen(0, "127.0.0.1", resolve));
    const said: string[] = [];
    const log: Engine = {
        address: `127.0.0.1:${(engine.address() as AddressInfo).port}`,
        write: async (severity, text) => void said.push(`${severity} ${text}`),
        cancelled: new AbortController().signal,
        hasStack: async () => true,
    };
    const listeners = process.listenerCount("SIGINT");
    const { runtime, lives, endRun } = startPlugin(log, "run");
    expect(process.listenerCount("SIGINT")).toBe(listeners);
    await runtime.beforeWrite();
    lives.reportAtEnd("a life that nobody asks about", "web-01: left");
    await Promise.all([endRun(), endRun()]);
    expect(said).toEqual(["warning web-01: left"]);
    await expect(runtime.beforeWrite()).rejects.toThrow("stopped before a write began (the engine ended the run)");
});
