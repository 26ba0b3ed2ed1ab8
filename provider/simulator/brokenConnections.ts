import type { Socket } from "node:net";
import type { FaultTable } from "../model/faultTable";
import type { SimulatorFaults } from "./faults";
import { SSH_VERSION } from "./sshFront";

/** More than a client's banner line can have (RFC 4253, 4.2), and less than its key exchange message. */
const BANNER_LIMIT = 255;

/** @returns true if a fault closes the connection before a login is possible: the SSH server never gets it */
export function closesEarly(socket: Socket, faults: FaultTable<SimulatorFaults>): boolean {
    const inBanner = faults.bite("closesInBanner");
    if (inBanner !== undefined) {
        if (inBanner.when === "after") sendBanner(socket);
        socket.destroySoon();
        return true;
    }
    if (faults.bite("closesInKeyExchange") === undefined) return false;
    sendBanner(socket);
    let received = 0;
    socket.on("data", ({ length }) => {
        received += length;
        if (received > BANNER_LIMIT) socket.destroySoon();
    });
    return true;
}

const sendBanner = (socket: Socket): void => {
    socket.write(`SSH-2.0-${SSH_VERSION}\r\n`);
};
