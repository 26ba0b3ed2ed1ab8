import { randomInt } from "node:crypto";
import type { AddressInfo, Server } from "node:net";

/** Each program on a machine uses its own part of 127.64.0.0/10, chosen by its process id. */
const FIRST = (127 << 24) | (64 << 16);
const PART = 256;
const PARTS = 1 << 14;
const ATTEMPTS = 50;

let next = randomInt(PART);

function nextAddress(): string {
    next = (next + 1) % PART;
    const number = (FIRST + (process.pid % PARTS) * PART + next) >>> 0;
    return [24, 16, 8, 0].map((shift) => (number >>> shift) & 0xff).join(".");
}

export interface LoopbackPlace {
    readonly address: string;
    readonly port: number;
}

/**
 * Listens on a loopback address of its own.
 * @param wanted chooses an address if none is given, and a free port if none is given
 * @throws the system's error if the given address and port are taken, or nothing is free
 */
export async function listenOnLoopback(server: Server, wanted: Partial<LoopbackPlace>): Promise<LoopbackPlace> {
    for (let attempt = 1; ; attempt++) {
        const address = wanted.address ?? nextAddress();
        try {
            return await listen(server, { address, port: wanted.port ?? 0 });
        } catch (error) {
            const code = error instanceof Error && "code" in error ? error.code : undefined;
            // macOS has only 127.0.0.1 unless others were set up. There hosts differ only by port.
            if (code === "EADDRNOTAVAIL" && wanted.address === undefined)
                return await listen(server, { address: "127.0.0.1", port: wanted.port ?? 0 });
            if (code !== "EADDRINUSE" || wanted.address !== undefined || attempt === ATTEMPTS) throw error;
        }
    }
}

function listen(server: Server, { address, port }: LoopbackPlace): Promise<LoopbackPlace> {
    return new Promise((settle, fail) => {
        server.once("error", fail);
        server.listen(port, address, () => {
            server.removeListener("error", fail);
            settle({ address, port: (server.address() as AddressInfo).port });
        });
    });
}
