import type { Connection } from "../../../provider/core/connection";
import { failure } from "../../errors";
import { Opened, printed } from "../common";
import { newKey } from "../sshServer";
import { describeWith, NO_SSHD, SSHD, SshUser } from "./programs";
import { CAN_BRING_ACCOUNTS, PASSWORD, Sshd } from "./sshd";

jest.setTimeout(60_000);

const METHODS = ["publickey", "password", "keyboard-interactive"] as const;

/** All orders of as many of them as there may be. */
const orders = (left: readonly string[]): string[][] =>
    left.flatMap((first) => [[first], ...orders(left.filter((method) => method !== first)).map((more) => [first, ...more])]);

const ALL = [
    ...orders(METHODS).map((order) => order.join(",")),
    "publickey,password password,publickey",
    "publickey,keyboard-interactive keyboard-interactive,publickey",
    "publickey,password publickey,keyboard-interactive",
    "password,keyboard-interactive keyboard-interactive,password",
    "publickey password",
];
const TWO_KEYS = [
    "publickey,publickey",
    "publickey,publickey,password",
    "password,publickey,publickey",
    "publickey,keyboard-interactive,publickey",
];
const accountOf = (methods: string) => `wmisec-${[...ALL, ...TWO_KEYS].indexOf(methods)}`;
const accounts = Object.fromEntries([...ALL, ...TWO_KEYS].map((methods) => [accountOf(methods), methods]));

const missing = SSHD === undefined ? NO_SSHD : "[skipped: only root on Linux can bring accounts of its own]";

describeWith(CAN_BRING_ACCOUNTS ? SSHD : undefined, missing, "OpenSSH's own server that wants several methods", () => {
    const opened = new Opened();
    const user = new SshUser();
    const [key, second, stranger] = [newKey(), newKey("ecdsa"), newKey()];
    let sshd: Sshd;
    beforeAll(async () => {
        sshd = await new Sshd([key.line, second.line], ["MaxAuthTries 20"], accounts).start();
    });
    afterEach(() => opened.closeAll());
    afterAll(async () => {
        await sshd?.close();
        user.remove();
    });

    const to = (methods: string, more: Partial<Connection>): Connection => ({ ...sshd.connection, user: accountOf(methods), ...more });
    const both = { privateKey: key.private, password: PASSWORD };
    const open = (connection: Connection, env: NodeJS.ProcessEnv = {}) => opened.sessions({ env }).open(connection, "echo ready; cat");
    const works = async (connection: Connection) => printed(await open(connection), "ready");
    const withAgent = async <T>(keys: string[], use: (socket: string) => Promise<T>): Promise<T> => {
        const agent = user.agent(...keys);
        try {
            return await use(agent.socket);
        } finally {
            agent.stop();
        }
    };

    test.each(ALL)("%s: a key and a password are enough, in whatever order", (methods) => works(to(methods, both)));

    test.each(ALL.filter((methods) => methods.includes("publickey")))("%s: an agent's key and a password are enough", (methods) =>
        withAgent([stranger.private, key.private, second.private], (agentSocketPath) =>
            works(to(methods, { agentSocketPath, password: PASSWORD })),
        ),
    );

    describe.each(TWO_KEYS)("%s", (methods) => {
        test("an agent that holds both keys is enough", () =>
            withAgent([key.private, stranger.private, second.private], (agentSocketPath) =>
                works(to(methods, { agentSocketPath, password: PASSWORD })),
            ));

        test("so are an agent's key and one of the program's", () =>
            withAgent([second.private], (agentSocketPath) => works(to(methods, { ...both, agentSocketPath }))));
    });

    test("one key where two are wanted: which was accepted, and that another is missing", async () => {
        const error = await failure(open(to("publickey,publickey", both)));
        expect(error.code).toBe("denied");
        expect(error.summary).toBe(
            `accepted privateKey (a value given inline), and wants more to log ${accountOf("publickey,publickey")} in`,
        );
        expect(error.details.said).toBe("it still wants: publickey");
        expect(error.details.tried).toContain("privateKey (a value given inline): accepted\npassword (a value given inline): not sent");
        expect(error.details.remedy).toContain("give another key that it knows");
    });

    test("a key alone where a password is wanted, too: set one", async () => {
        const error = await failure(open(to("publickey,password", { privateKey: key.private })));
        expect(error.summary).toMatch(/^accepted privateKey .* wants more/);
        expect(error.details.said).toBe("it still wants: password");
        expect(error.details.remedy).toBe("also set password");
    });

    test.each([
        ["publickey,password", "privateKey (a value given inline): accepted\npassword (a value given inline): refused"],
        [
            "publickey,keyboard-interactive",
            "privateKey (a value given inline): accepted\npassword (a value given inline) as the answer to a prompt: refused",
        ],
    ])("%s: a wrong password behind the right key is told as what was refused", async (methods, tried) => {
        const error = await failure(open(to(methods, { ...both, password: "wr0ng-Horse" })));
        expect(error.code).toBe("denied");
        expect(error.details.tried).toContain(tried);
        expect(error.details.remedy).toContain("check user and password");
        expect(error.details.remedy).not.toContain("administrators_authorized_keys");
        expect(error.message).not.toContain("wr0ng");
    });

    test.each(["password,publickey", "keyboard-interactive,publickey"])(
        "%s: a wrong key behind the right password is told as what was refused, and the password stays good for others",
        async (methods) => {
            const sessions = opened.sessions();
            const error = await failure(sessions.open(to(methods, { ...both, privateKey: stranger.private }), "x"));
            expect(error.summary).toMatch(/^accepted password /);
            expect(error.details.tried).toMatch(/^password .*: accepted\nprivateKey .*: refused/);
            expect(error.details.remedy).toContain("administrators_authorized_keys");
            expect(error.details.remedy).not.toContain("check user and password");
            await printed(await sessions.open(to("password", both), "echo ready; cat"), "ready");
        },
    );

    test("password,keyboard-interactive: a wrong password is sent once", async () => {
        const before = sshd.log.length;
        const error = await failure(open(to("password,keyboard-interactive keyboard-interactive,password", { password: "wr0ng-Horse" })));
        expect(error.code).toBe("denied");
        expect(sshd.log.slice(before).match(/Failed (password|keyboard-interactive)/g)).toHaveLength(1);
    });

    test("an agent's keys are named as the server's log names them, each with what became of it", () =>
        withAgent([stranger.private, key.private], async (agentSocketPath) => {
            const before = sshd.log.length;
            const error = await failure(open(to("publickey,password", { agentSocketPath })));
            const [accepted = ""] = /SHA256:\S+/.exec(sshd.log.slice(before).match(/Partial publickey.*/)?.[0] ?? "") ?? [];
            expect(accepted).toMatch(/^SHA256:/);
            expect(error.summary).toContain(`accepted agent (${agentSocketPath}), ssh-ed25519 ${accepted}, and wants more`);
            expect(error.details.tried).toMatch(/ssh-ed25519 SHA256:\S+: refused\n.*ssh-ed25519 SHA256:\S+: accepted/);
        }));
});
