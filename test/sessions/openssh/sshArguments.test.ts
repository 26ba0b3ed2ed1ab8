import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type Connection, connectionSchema } from "../../../provider/core/connection";
import { isWmisecError } from "../../../provider/core/errors";
import { type OpensshTrust, type SshSetting, sshArguments } from "../../../provider/sessions/openssh/sshArguments";
import { fuzzRuns } from "../../fuzz";
import { describeWith, NO_SSH, SSH } from "./programs";

const HOME = "/home/svc";
const least: Connection = { host: "web-07", user: "CONTOSO\\svc", transport: "openssh" };

/** @param version 8.7 is 807 */
const setting = (trust: OpensshTrust, version = 902): SshSetting => ({ trust, log: "/tmp/x/log", version, home: HOME });

test("the argument list, with as little and as much as a program can say", () => {
    const most: Connection = {
        ...least,
        host: "[fe80::1%eth0]",
        port: 2222,
        privateKey: { file: "~/.ssh/fleet key" },
        agentSocketPath: "/run/agent",
        perDialTimeout: 7,
    };
    const lists = [
        sshArguments(least, "the command", setting({ keys: "configured" })),
        sshArguments(most, "the command", setting({ keys: "pinned", file: "/tmp/x/known_hosts" })),
        sshArguments(least, "the command", setting({ keys: "file", file: "~/fleet_hosts" }, 806)),
        sshArguments({ ...least, perDialTimeout: 0 }, "the command", setting({ keys: "anybody", file: "/tmp/x/known_hosts" }, 804)),
    ];
    const golden = readFileSync(join(__dirname, "../../golden/openssh/arguments.txt"), "utf8");
    expect(lists.map((list) => `${list.join("\n")}\n`).join("\n")).toBe(golden);
});

/** With all that could mean something to ssh or to a shell. */
const nasty = (signs: string) => fc.string({ unit: fc.constantFrom(...signs), minLength: 1, maxLength: 8 });
const paths = nasty("aaaaaaaaab~-=@%$\\/{}\"'` #\nü");
const connections = fc.record(
    { host: nasty("aaaaaab-.:%[]"), user: nasty('aaaaaaaaab-=@%$\\/"`; \nü'), knownHostsFile: paths, agentSocketPath: paths, file: paths },
    { requiredKeys: ["host", "user"] },
);

test("whatever the schema lets pass, no value is an option and none leaves its place", () => {
    let passed = 0;
    fc.assert(
        fc.property(connections, ({ file, ...fields }) => {
            const parsed = connectionSchema.safeParse({
                ...fields,
                transport: "openssh",
                ...(file === undefined ? {} : { privateKey: { file } }),
            });
            if (!parsed.success) return;
            let args: string[];
            try {
                args = sshArguments(parsed.data, "the command", setting({ keys: "configured" }));
            } catch (error) {
                if (isWmisecError(error) && error.code === "invalidInput") return;
                throw error;
            }
            passed++;
            const host = args.at(-2);
            expect(args.slice(-5)).toEqual(["-l", fields.user, "--", host, "the command"]);
            expect([host, `[${host}]`]).toContain(fields.host);
            expect(host).toMatch(/^[^-[\]][^[\]]*$/);
            // A ProxyCommand of the user's configuration may put it into a shell.
            expect(fields.user).not.toMatch(/(^|\s)-/);
            for (const value of args.filter((_, at) => args[at - 1] === "-o"))
                expect(value).toMatch(/^[A-Za-z]+=([A-Za-z0-9]+|"\/[^"\\%\n]*")$/u);
        }),
        fuzzRuns(3000),
    );
    expect(passed).toBeGreaterThan(0);
});

describeWith(SSH, NO_SSH, "the system's ssh", () => {
    test("reads of each option what was meant", () => {
        const paths = ["/a b/c", "/a#b", "/a'b", "/a,b=c", "/~x", "/ü", "/a$b"];
        for (const path of paths) {
            const args = sshArguments({ ...least, privateKey: { file: path }, agentSocketPath: path }, "x", {
                ...setting({ keys: "file", file: path }, 804),
                log: "/dev/null",
            });
            const said = execFileSync(SSH ?? "", ["-F", "none", "-G", ...args.slice(0, -1)])
                .toString()
                .split("\n");
            expect(said).toEqual(
                expect.arrayContaining([
                    `identityfile ${path}`,
                    `identityagent ${path}`,
                    `userknownhostsfile ${path}`,
                    `globalknownhostsfile ${path}`,
                    "stricthostkeychecking true",
                    "batchmode yes",
                    "user CONTOSO\\svc",
                    "hostname web-07",
                ]),
            );
        }
    });
});
