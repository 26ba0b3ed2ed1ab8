import type { Socket } from "node:net";
import type { Connection } from "../core/connection";
import type { FaultTable } from "../model/faultTable";
import type { DefaultShell } from "./commandLine";
import type { Counters } from "./counters";
import type { SimulatorFaults } from "./faults";
import type { LoopbackPlace } from "./loopback";
import type { HostProcess, ProcessPipes } from "./processes";
import type { SimulatedUser } from "./simulatedUser";

/** What a listener is given of its host. */
export interface ListenerHost {
    readonly machine: string;
    readonly users: readonly SimulatedUser[];
    readonly faults: FaultTable<SimulatorFaults>;
    readonly counters: Counters;
    start(command: string, shell: DefaultShell, pipes: ProcessPipes): HostProcess;
    /** Something that a client did and that our client never does. */
    refused(what: string): void;
}

/** The part of a simulated host that differs by transport: what proves who it is, and the server in front of its processes. */
export interface Listener {
    /** What proves the host, as one text. */
    readonly proof: string;
    /** PEM; undefined where there is none. */
    readonly certificate: string | undefined;
    /** What a client has to know beside the address, and whom to log in. */
    readonly connection: Partial<Connection>;
    /** The host is switched on, at this place. */
    begin(place: LoopbackPlace): void;
    /** A connection was accepted. */
    connected(socket: Socket): void;
    /** The host is switched off; its connections are broken already. */
    end(): void;
    /** Another proof for connections that come. */
    changeProof(): void;
}
