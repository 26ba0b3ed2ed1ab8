import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { type AuthContext, type ParsedKey, Server, type ServerChannel, type ServerConfig, utils } from "ssh2";

/** A pair of SSH keys, and what tests write about it. */
export interface TestKey {
    readonly private: string;
    readonly parsed: ParsedKey;
    /** `ssh-ed25519 AAAA...` */
    readonly line: string;
}

/**
 * ssh2 1.17.0 drops zero bytes at the front of an ed25519 public key that it makes, so that one pair in 256 can't be read:
 * then another is made.
 * @param passphrase encrypts the private half
 */
export function newKey(type: "ed25519" | "ecdsa" | "rsa" = "ed25519", passphrase?: string): TestKey {
    for (;;) {
        const encryption: utils.KeyPairOptions = passphrase === undefined ? {} : { passphrase, cipher: "aes256-ctr", rounds: 4 };
        const pair =
            type === "ed25519"
                ? utils.generateKeyPairSync("ed25519", encryption)
                : type === "ecdsa"
                  ? utils.generateKeyPairSync("ecdsa", { bits: 256, ...encryption })
                  : utils.generateKeyPairSync("rsa", { bits: 2048, ...encryption });
        const parsed = utils.parseKey(pair.private, passphrase);
        if (!(parsed instanceof Error))
            return { private: pair.private, parsed, line: `${parsed.type} ${parsed.getPublicSSH().toString("base64")}` };
    }
}

export interface TestServerOptions {
    /** @default 127.0.0.1 */
    readonly address?: string;
    /** @default a free one */
    readonly port?: number;
    readonly hostKeys?: readonly TestKey[];
    readonly config?: Pick<ServerConfig, "algorithms" | "banner" | "greeting">;
    /** What it does with who has logged in. @default goes on */
    readonly afterLogin?: "closes" | "disconnects";
    /** @default accepts the password "right" */
    readonly authenticate?: (context: AuthContext, hangUp: (reason?: number) => void) => void;
    /** `refused` starts nothing, `never` does not even answer. @default says "ready", echoes its input, ends with 0 at the end of it */
    readonly exec?: ((channel: ServerChannel, command: string) => void) | "refused" | "never";
    /** Forwards TCP connections, as a jump host does; `silently` never answers. @default no */
    readonly forwards?: "yes" | "no" | "silently";
}

export interface TestServer {
    readonly address: string;
    readonly port: number;
    readonly key: TestKey;
    /** `method user` of each try to log in, without those by `none`. */
    readonly logins: string[];
    readonly commands: string[];
    /** All that were ever made. */
    connections(): number;
    /** Those that are open now. */
    open(): number;
    /** Reads nothing more and says nothing more, without closing. */
    freeze(): void;
    /** Cuts all connections. */
    cut(): void;
    close(): Promise<void>;
}

export const echo = (channel: ServerChannel): void => {
    channel.write("ready\n");
    channel.on("data", (chunk: Buffer) => channel.write(chunk));
    channel.on("end", () => {
        channel.exit(0);
        channel.end();
    });
};

export const allowPassword = (password: string) => (context: AuthContext) => {
    if (context.method === "password" && context.password === password) context.accept();
    else context.reject(["password"]);
};

/** @param accepted keys in SSH's wire format */
export const allowKey =
    (...accepted: Buffer[]) =>
    (context: AuthContext) => {
        if (context.method !== "publickey" || !accepted.some((key) => key.equals(context.key.data))) return context.reject(["publickey"]);
        const { signature, blob, hashAlgo } = context;
        if (signature === undefined || blob === undefined) return context.accept();
        const key = utils.parseKey(`${context.key.algo} ${context.key.data.toString("base64")}`);
        if (!(key instanceof Error) && key.verify(blob, signature, hashAlgo)) context.accept();
        else context.reject(["publickey"]);
    };

/** By default as OpenSSH does after too many tries: SSH_DISCONNECT_PROTOCOL_ERROR. ssh2 has no public way to do so. */
function disconnect(client: object, reason = 2): void {
    (client as { _protocol: { disconnect(reason: number): void } })._protocol.disconnect(reason);
}

const defaultKey = newKey();

export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
    const {
        address = "127.0.0.1",
        port = 0,
        hostKeys = [defaultKey],
        authenticate = allowPassword("right"),
        exec = echo,
        forwards = "no",
        config = {},
        afterLogin,
    } = options;
    const sockets = new Set<Socket>();
    const outgoing = new Set<Socket>();
    const logins: string[] = [];
    const commands: string[] = [];
    let connections = 0;

    const server = new Server({ ...config, hostKeys: hostKeys.map((key) => key.private) }, (client) => {
        client.on("error", () => {});
        if (afterLogin === "disconnects") client.on("ready", () => client.end());
        if (afterLogin === "closes") client.on("ready", () => (client as unknown as { _sock: Socket })._sock.destroySoon());
        client.on("authentication", (context) => {
            const probe = context.method === "publickey" && context.signature === undefined;
            if (context.method !== "none" && !probe) logins.push(`${context.method} ${context.username}`);
            authenticate(context, (reason) => disconnect(client, reason));
        });
        client.on("session", (accept) => {
            accept().on("exec", (acceptExec, reject, { command }) => {
                commands.push(command);
                if (exec === "refused") reject();
                else if (exec !== "never") exec(acceptExec(), command);
            });
        });
        if (forwards !== "no")
            client.on("tcpip", (accept, reject, { destIP, destPort }) => {
                if (forwards === "silently") return;
                const socket = connect({ port: destPort, host: destIP, noDelay: true });
                outgoing.add(socket);
                socket.on("close", () => outgoing.delete(socket));
                socket.on("error", () => reject());
                socket.on("connect", () => {
                    socket.removeAllListeners("error").on("error", () => {});
                    const channel = accept();
                    channel.on("error", () => {});
                    channel.pipe(socket).pipe(channel);
                });
            });
    });
    const listener = createServer({ noDelay: true }, (socket) => {
        connections++;
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        server.injectSocket(socket);
    });
    await new Promise<void>((resolve) => listener.listen(port, address, resolve));
    const cut = () => {
        for (const socket of [...sockets, ...outgoing]) socket.destroy();
    };
    return {
        address,
        port: (listener.address() as AddressInfo).port,
        key: hostKeys[0] ?? defaultKey,
        logins,
        commands,
        connections: () => connections,
        open: () => sockets.size,
        freeze: () => {
            for (const socket of sockets) {
                socket.removeAllListeners("data").pause();
                socket.write = () => true;
                socket.end = () => socket;
            }
        },
        cut,
        close: () =>
            new Promise((resolve) => {
                listener.close(() => resolve());
                cut();
            }),
    };
}
