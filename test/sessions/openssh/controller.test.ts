import childProcess from "node:child_process";
import fs, { chmodSync, mkdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { processesWith } from "../../engine/processes";
import { failure } from "../../errors";
import { ended, eventually, printed, startedInVain } from "../common";
import { OpensshWorld } from "./opensshWorld";
import { describeWith, NO_SSH, SSH } from "./programs";

/** What `unreachable: "keep"` passes over: a fault of the controller must be none of these. */
const SILENT = ["unreachable", "timeout", "connectionLost", "processEnded"];

describeWith(SSH, NO_SSH, "the machine that starts the system's ssh", () => {
    const world = new OpensshWorld();
    const { user } = world;
    beforeEach(() => user.configures(""));
    afterEach(() => world.afterEach());
    afterAll(() => user.remove());

    /** An environment in which `ssh` is this script. */
    const scripted = (script: string): NodeJS.ProcessEnv => {
        const bin = join(user.folder, "scripted");
        mkdirSync(bin, { recursive: true });
        chmodSync(user.keeps(join("scripted", "ssh"), `#!/bin/sh\n${script}\n`), 0o700);
        return { ...user.env, PATH: `${bin}${delimiter}${user.env["PATH"]}` };
    };

    test.each([
        ["ends with 1", "echo sorry >&2; exit 1", "exit code 1"],
        // 126 where a folder of the PATH may not be looked into.
        ["can't find what it starts", "exec no-such-ssh", "exit code 12"],
        ["is killed", "kill -KILL $$", "signal SIGKILL"],
        ["ends with 0 without a word", "exit 0", "exit code 0"],
    ])("has an ssh that %s: its own fault, not silence", async (_what, script, text) => {
        const server = await world.serve();
        const error = await failure(world.sessions({}, undefined, scripted(script)).open(world.to(server), "x"));
        expect(error.code).toBe("invalidInput");
        expect(error.message).toContain(text);
    });

    test("has a ProxyCommand that is not there: its own fault, not silence", async () => {
        user.configures("ProxyCommand no-such-proxy %h");
        const error = await failure(world.sessions().open(world.to(await world.serve()), "x"));
        expect(error.code).toBe("invalidInput");
        expect(error.message).toContain("no-such-proxy");
    });

    test("has a ProxyCommand that may not be started: its own fault, not silence", async () => {
        const program = user.keeps("no-program", "");
        user.configures(`ProxyCommand ${program} %h`);
        const error = await failure(world.sessions().open(world.to(await world.serve()), "x"));
        expect(error.code).toBe("invalidInput");
        expect(error.message).toContain("no-program");
    });

    test("may open no more files: its own fault, not silence", async () => {
        const server = await world.serve();
        const spawned = jest.spyOn(childProcess, "spawn").mockImplementation(startedInVain);
        try {
            const error = await failure(world.sessions().open(world.to(server), "x"));
            expect(error.code).toBe("invalidInput");
            expect(error.message).toContain("EMFILE");
        } finally {
            spawned.mockRestore();
        }
    });

    test.each(["mkdtempSync", "writeFileSync"] as const)(
        "has no room for ssh's files (%s): its own fault, and nothing is left",
        async (call) => {
            const server = await world.serve();
            const full = jest.spyOn(fs, call).mockImplementation(() => {
                throw Object.assign(new Error("no room"), { code: "ENOSPC" });
            });
            try {
                const error = await failure(world.sessions().open(world.to(server), "x"));
                expect(error.code).toBe("invalidInput");
                expect(error.message).toContain("ENOSPC");
            } finally {
                full.mockRestore();
            }
            expect(world.temporary()).toEqual([]);
        },
    );

    test("can't read which key was shown, behind a login to anybody: the warning says so, and the session goes on", async () => {
        const server = await world.serve();
        const read = fs.readFileSync;
        const unreadable = jest.spyOn(fs, "readFileSync").mockImplementation((...args: Parameters<typeof read>) => {
            if (String(args[0]).endsWith("known_hosts")) throw Object.assign(new Error("no"), { code: "EMFILE" });
            return read(...args);
        });
        const warned: string[] = [];
        try {
            const sessions = world.sessions({}, (text) => warned.push(text));
            await printed(await sessions.open(world.to(server, { hostKey: "insecure-accept-any" }), "x"), "ready");
        } finally {
            unreadable.mockRestore();
        }
        expect(warned).toEqual([expect.stringContaining("a key that could not be read (EMFILE)")]);
    });

    test.each(["exec sleep 60", "trap '' TERM HUP; sleep 60; sleep 60"])(
        "keeps no ProxyCommand behind a dial that was given up: %s",
        async (proxy) => {
            const script = user.keeps("proxy", `#!/bin/sh\n${proxy}\n`);
            chmodSync(script, 0o700);
            user.configures(`ProxyCommand ${script}`);
            const server = await world.serve();
            const sessions = world.sessions({ graceMs: 0 });
            const error = await failure(sessions.open(world.to(server, { perDialTimeout: 1, dialErrorLimit: 0 }), "x"));
            expect(SILENT).toContain(error.code);
            await eventually(() => processesWith(user.mark).length === 0, "nothing runs any more");
        },
    );

    test("takes no login that comes after the dial was given up for a success", async () => {
        const server = await world.serve();
        // It says so when it is told to end.
        const env = scripted(
            `[ "$1" = -V ] && exit 1
             for last in "$@"; do [ "$before" = -E ] && log=$last; before=$last; done
             said='Authenticated to web-07 ([127.0.0.1]:22) using "publickey".'
             trap 'echo "$said" >&2; [ -n "$log" ] && echo "$said" >>"$log"; sleep 0.2; exit 255' TERM
             sleep 5 & wait`,
        );
        const error = await failure(
            world.sessions({ loginMs: 300 }, undefined, env).open(world.to(server, { perDialTimeout: 0, dialErrorLimit: 0 }), "x"),
        );
        expect(error.message).toContain("ssh was not logged in within 0.3 s");
    });

    test("starts no ssh from the current folder, whatever its PATH says", async () => {
        const server = await world.serve();
        const env = { ...user.env, PATH: `${delimiter}.${delimiter}${user.env["PATH"]}` };
        const before = process.cwd();
        scripted("exit 3");
        process.chdir(join(user.folder, "scripted"));
        try {
            await printed(await world.sessions({}, undefined, env).open(world.to(server), "x"), "ready");
        } finally {
            process.chdir(before);
        }
    });

    test("overrides a user's ssh options that go to the background, read nothing or start no command", async () => {
        const server = await world.serve();
        user.configures("ForkAfterAuthentication yes\nStdinNull yes\nSessionType none");
        const session = await world.sessions().open(world.to(server), "the command");
        const answer = printed(session, "hello");
        session.send("hello\n");
        await answer;
        const end = ended(session);
        session.endInput();
        expect((await end).code).toBe("processEnded");
        expect(server.commands).toEqual(["the command"]);
    });
});
