import type { AuthenticationType } from "ssh2";
import { failure } from "../errors";
import { Opened, to } from "./common";
import { startServer, type TestServerOptions } from "./sshServer";

const PASSWORD = "CANARY-Pa55-word";
/** So long that each text would be cut within the password. */
const PADDING = "x".repeat(190);

const opened = new Opened();
afterEach(() => opened.closeAll());

const serve = async (options?: TestServerOptions) => opened.add(await startServer(options));

/** What a login fails with. */
async function refusal(options: TestServerOptions): Promise<string> {
    const server = await serve(options);
    const error = await failure(opened.sessions().open(to(server, { password: PASSWORD, dialErrorLimit: 0 }), "x"));
    expect(error.message).toContain("x".repeat(100));
    return error.message;
}

const methods = (...names: string[]) => names as AuthenticationType[];

test.each<[string, TestServerOptions]>([
    ["the names of methods", { authenticate: (context) => context.reject(methods("password", `${PADDING.slice(10)}${PASSWORD}`)) }],
    [
        "prompts",
        {
            authenticate: (context) => {
                if (context.method !== "keyboard-interactive") return context.reject(["keyboard-interactive"]);
                return context.prompt([{ prompt: `${PADDING}${PASSWORD} and a code`, echo: true }], () => context.reject());
            },
        },
    ],
])("a server that says the password back in %s has it taken out before the text is cut", async (_what, options) => {
    expect(await refusal(options)).not.toContain("CANA");
});
