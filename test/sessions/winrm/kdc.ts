import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const REALM = "WMISEC.TEST";

/** Where Debian and Red Hat put them; a user's PATH may not have them. */
const pathOf = (name: string): string => ["/usr/sbin", "/usr/bin"].map((folder) => join(folder, name)).find(existsSync) ?? "";

/** Why there can be no KDC; undefined where there can. */
export function noKdc(): string | undefined {
    const missing = ["krb5kdc", "kdb5_util", "kadmin.local", "kinit"].filter((name) => pathOf(name) === "");
    return missing.length === 0 ? undefined : `there is no ${missing.join(", ")} (Debian: krb5-kdc, krb5-admin-server, krb5-user)`;
}

/** MIT's KDC on loopback, for a realm of its own, with a user `svc` who has a ticket. */
export class Kdc {
    readonly #folder = mkdtempSync(join(tmpdir(), "wmisec-kdc-"));
    #process: ChildProcess | undefined;

    /** @param services that it knows: `HTTP/localhost` */
    static async start(services: readonly string[]): Promise<Kdc> {
        const kdc = new Kdc();
        await kdc.#start(services);
        return kdc;
    }

    /** Of a client with the user's ticket, and of a server with the keys of the services. */
    get env(): NodeJS.ProcessEnv {
        return {
            ...process.env,
            KRB5_CONFIG: this.#file("krb5.conf"),
            KRB5_KDC_PROFILE: this.#file("kdc.conf"),
            KRB5CCNAME: this.#file("tickets"),
            KRB5_KTNAME: this.#file("services.keytab"),
        };
    }

    /** The same, where nobody answers at the KDC's port. */
    get envWithoutKdc(): NodeJS.ProcessEnv {
        writeFileSync(this.#file("silent.conf"), configuration(1));
        return { ...this.env, KRB5_CONFIG: this.#file("silent.conf") };
    }

    async stop(): Promise<void> {
        this.#process?.kill("SIGKILL");
        if (this.#process?.exitCode === null) await once(this.#process, "exit");
        rmSync(this.#folder, { recursive: true, force: true });
    }

    async #start(services: readonly string[]): Promise<void> {
        const port = await freePort();
        writeFileSync(this.#file("krb5.conf"), configuration(port));
        writeFileSync(
            this.#file("kdc.conf"),
            `[kdcdefaults]\n kdc_listen = 127.0.0.1:${port}\n kdc_tcp_listen = 127.0.0.1:${port}\n[realms]\n ${REALM} = {\n  database_name = ${this.#file("principal")}\n  key_stash_file = ${this.#file("stash")}\n }\n`,
        );
        this.#run("kdb5_util", ["create", "-s", "-P", "master", "-r", REALM]);
        for (const principal of ["svc", ...services]) this.#run("kadmin.local", ["-q", `addprinc -randkey ${principal}`]);
        for (const service of services) this.#run("kadmin.local", ["-q", `ktadd -k ${this.#file("services.keytab")} ${service}`]);
        this.#run("kadmin.local", ["-q", `ktadd -k ${this.#file("svc.keytab")} svc`]);
        this.#process = spawn(pathOf("krb5kdc"), ["-n"], { env: this.env, stdio: "ignore" });
        await answering(port);
        this.#run("kinit", ["-k", "-t", this.#file("svc.keytab"), "svc"]);
    }

    #file(name: string): string {
        return join(this.#folder, name);
    }

    #run(program: string, args: readonly string[]): void {
        execFileSync(pathOf(program), args, { env: this.env, stdio: "pipe", timeout: 60_000 });
    }
}

const configuration = (port: number): string =>
    `[libdefaults]\n default_realm = ${REALM}\n dns_lookup_kdc = false\n dns_canonicalize_hostname = false\n rdns = false\n udp_preference_limit = 1\n[realms]\n ${REALM} = {\n  kdc = 127.0.0.1:${port}\n }\n`;

async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    return port;
}

async function answering(port: number): Promise<void> {
    for (let tries = 0; tries < 300; tries++) {
        const socket = connect(port, "127.0.0.1");
        const isThere = await new Promise<boolean>((resolve) =>
            socket.once("connect", () => resolve(true)).once("error", () => resolve(false)),
        );
        socket.destroy();
        if (isThere) return;
        await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error("the KDC does not answer");
}
