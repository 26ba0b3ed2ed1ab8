import { readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import type { Connection } from "../../../provider/core/connection";
import { type OpensshLimits, OpensshSessions } from "../../../provider/sessions/openssh/opensshSessions";
import { makeServices } from "../../../provider/sessions/services";
import { processesWith } from "../../engine/processes";
import { Opened } from "../common";
import { allowKey, newKey, startServer, type TestServer, type TestServerOptions } from "../sshServer";
import { SshUser } from "./programs";

/** A user of ssh with a key, servers that take it, and sessions to them; looks after each test that nothing is left of them. */
export class OpensshWorld {
    readonly opened = new Opened();
    readonly user = new SshUser();
    readonly key = newKey();
    readonly file = this.user.keeps("key", this.key.private);
    readonly authenticate = allowKey(this.key.parsed.getPublicSSH());

    async serve(options: TestServerOptions = {}): Promise<TestServer> {
        return this.opened.add(await startServer({ authenticate: this.authenticate, ...options }));
    }

    sessions(limits: Partial<OpensshLimits> = {}, warn: (text: string) => void = () => undefined, env = this.user.env): OpensshSessions {
        const made = new OpensshSessions(makeServices({ env, home: this.user.folder, warn }), {
            firstRetryMs: 10,
            maxRetryMs: 20,
            ...limits,
        });
        this.opened.add({ close: () => made.closeAll() });
        return made;
    }

    to({ address, port, key }: Pick<TestServer, "address" | "port" | "key">, more: Partial<Connection> = {}): Connection {
        const { file } = this;
        return { host: address, port, user: "CONTOSO\\svc", hostKey: key.line, privateKey: { file }, transport: "openssh", ...more };
    }

    /** Files of ours that are there now. */
    readonly temporary = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith(`pulumi-wmisec-${process.pid}-`));

    async afterEach(): Promise<void> {
        await this.opened.closeAll();
        expect(processesWith(this.user.mark)).toEqual([]);
        expect(this.temporary()).toEqual([]);
    }
}
