import type { Socket } from "node:net";
import type { Connection } from "../core/connection";
import { closesEarly } from "./brokenConnections";
import type { DefaultShell } from "./commandLine";
import { newKeyPair } from "./keyPair";
import type { Listener, ListenerHost } from "./listener";
import type { LoginMethod } from "./simulatedUser";
import { sshFront } from "./sshFront";

export interface SshListenerOptions {
    readonly loginMethods?: readonly LoginMethod[] | undefined;
    readonly defaultShell?: DefaultShell | undefined;
    readonly noise?: boolean | undefined;
}

/** An SSH server with a key of its own. */
export class SshListener implements Listener {
    readonly certificate = undefined;
    private key = newKeyPair();
    private front: (socket: Socket) => void;

    constructor(
        private readonly host: ListenerHost,
        private readonly options: SshListenerOptions,
    ) {
        this.front = this.newFront();
    }

    get proof(): string {
        return this.key.public;
    }

    get connection(): Partial<Connection> {
        return { hostKey: this.proof };
    }

    /** There is nothing to begin or to end: what a server has belongs to its connections. */
    begin(): void {}
    end(): void {}

    connected(socket: Socket): void {
        if (!closesEarly(socket, this.host.faults)) this.front(socket);
    }

    changeProof(): void {
        this.key = newKeyPair();
        this.front = this.newFront();
    }

    private newFront(): (socket: Socket) => void {
        const { host, options } = this;
        return sshFront({
            ...host,
            hostKey: this.key.private,
            methods: options.loginMethods ?? ["publickey", "password", "keyboard-interactive"],
            noise: options.noise ?? false,
            start: (command, pipes) => host.start(command, options.defaultShell ?? "cmd", pipes),
        });
    }
}
