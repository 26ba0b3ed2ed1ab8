import { z } from "zod";
import { oneLine } from "../text/oneLine";

/** What a host reports about itself in the handshake. */
export const machineFacts = z.strictObject({
    /** Protocol version. */
    protocol: z.literal(1),
    psVersion: oneLine(100),
    osVersion: oneLine(100),
    computerName: oneLine(255),
    /** The account that the process runs as. */
    user: oneLine(255),
    elevated: z.boolean(),
    process64Bit: z.boolean(),
    os64Bit: z.boolean(),
    /** `HKLM\SOFTWARE\Microsoft\Cryptography` `MachineGuid`. */
    machineGuid: oneLine(100),
    /** `UUID` of Win32_ComputerSystemProduct. */
    smbiosUuid: oneLine(100),
});
export type MachineFacts = z.infer<typeof machineFacts>;

/**
 * Identifies a machine; a rebuilt or cloned host is another one. It has two parts, because an image copied without sysprep keeps its
 * MachineGuid, and some hypervisors give one SMBIOS UUID to many guests.
 */
export const machineIdentity = ({ machineGuid, smbiosUuid }: Pick<MachineFacts, "machineGuid" | "smbiosUuid">): string =>
    `${machineGuid}/${smbiosUuid}`.toLowerCase();
