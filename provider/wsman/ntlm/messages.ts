import { Malformed } from "../malformed";
import { flagsOf } from "./flags";

/** Builds and reads the three messages of a login (MS-NLMP 2.2.1). It knows no keys and takes no decisions. */
export interface Challenge {
    readonly flags: number;
    readonly serverChallenge: Buffer;
    /** AV pairs. */
    readonly targetInfo: Buffer;
    /** The domain, or the machine. */
    readonly targetName: string;
}

export interface Authenticate {
    readonly flags: number;
    readonly lmResponse: Buffer;
    readonly ntResponse: Buffer;
    readonly domain: string;
    readonly user: string;
    readonly workstation: string;
    readonly encryptedSessionKey: Buffer;
    readonly mic: Buffer;
}

const SIGNATURE = Buffer.from("NTLMSSP\0", "latin1");
/** VERSION (2.2.2.10): Windows 10, NTLMSSP_REVISION_W2K3. It is only for people who read traces. */
const VERSION = Buffer.from([10, 0, 0, 0, 0, 0, 0, 15]);
const MIC_AT = 72;
const MIC_LENGTH = 16;
const TYPES = { negotiate: 1, challenge: 2, authenticate: 3 } as const;

const utf16 = (text: string): Buffer => Buffer.from(text, "utf16le");

/** A message: a fixed part, whose fields point to the contents that follow it. */
class Layout {
    readonly #fixed: Buffer;
    readonly #contents: Buffer[] = [];
    #end: number;

    constructor(type: number, length: number) {
        this.#fixed = Buffer.alloc(length);
        SIGNATURE.copy(this.#fixed);
        this.#fixed.writeUInt32LE(type, 8);
        this.#end = length;
    }

    uint32(at: number, value: number): this {
        this.#fixed.writeUInt32LE(value, at);
        return this;
    }

    bytes(at: number, value: Buffer): this {
        value.copy(this.#fixed, at);
        return this;
    }

    field(at: number, content: Buffer): this {
        this.#fixed.writeUInt16LE(content.length, at);
        this.#fixed.writeUInt16LE(content.length, at + 2);
        this.#fixed.writeUInt32LE(this.#end, at + 4);
        this.#contents.push(content);
        this.#end += content.length;
        return this;
    }

    message(): Buffer {
        return Buffer.concat([this.#fixed, ...this.#contents]);
    }
}

/** @throws Malformed */
function checked(message: Buffer, type: keyof typeof TYPES, fixedLength: number): Buffer {
    if (message.length < fixedLength || !message.subarray(0, 8).equals(SIGNATURE) || message.readUInt32LE(8) !== TYPES[type])
        throw new Malformed(`no ${type} message of NTLM`);
    return message;
}

function fieldAt(message: Buffer, at: number): Buffer {
    const length = message.readUInt16LE(at);
    const offset = message.readUInt32LE(at + 4);
    if (length === 0) return Buffer.alloc(0);
    if (offset + length > message.length) throw new Malformed("an NTLM message that is cut short");
    return message.subarray(offset, offset + length);
}

const textAt = (message: Buffer, at: number): string => fieldAt(message, at).toString("utf16le");

export const negotiateMessage = (flags: number): Buffer =>
    new Layout(TYPES.negotiate, 40)
        .uint32(12, (flags | flagsOf(["version"])) >>> 0)
        .bytes(32, VERSION)
        .message();

/** @returns the flags @throws Malformed */
export const readNegotiate = (message: Buffer): number => checked(message, "negotiate", 16).readUInt32LE(12);

export const challengeMessage = ({ flags, serverChallenge, targetInfo, targetName }: Challenge): Buffer =>
    new Layout(TYPES.challenge, 56)
        .field(12, utf16(targetName))
        .uint32(20, (flags | flagsOf(["version"])) >>> 0)
        .bytes(24, serverChallenge)
        .field(40, targetInfo)
        .bytes(48, VERSION)
        .message();

/** @throws Malformed */
export function readChallenge(message: Buffer): Challenge {
    checked(message, "challenge", 48);
    return {
        flags: message.readUInt32LE(20),
        serverChallenge: message.subarray(24, 32),
        targetInfo: fieldAt(message, 40),
        targetName: textAt(message, 12),
    };
}

/** Writes the MIC as given. A MIC is computed over the whole message, with zeros in its place. */
export const authenticateMessage = (it: Authenticate): Buffer =>
    new Layout(TYPES.authenticate, MIC_AT + MIC_LENGTH)
        .field(28, utf16(it.domain))
        .field(36, utf16(it.user))
        .field(44, utf16(it.workstation))
        .field(12, it.lmResponse)
        .field(20, it.ntResponse)
        .field(52, it.encryptedSessionKey)
        .uint32(60, (it.flags | flagsOf(["version"])) >>> 0)
        .bytes(64, VERSION)
        .bytes(MIC_AT, it.mic)
        .message();

/** @throws Malformed */
export function readAuthenticate(message: Buffer): Authenticate {
    checked(message, "authenticate", MIC_AT + MIC_LENGTH);
    return {
        flags: message.readUInt32LE(60),
        lmResponse: fieldAt(message, 12),
        ntResponse: fieldAt(message, 20),
        domain: textAt(message, 28),
        user: textAt(message, 36),
        workstation: textAt(message, 44),
        encryptedSessionKey: fieldAt(message, 52),
        mic: message.subarray(MIC_AT, MIC_AT + MIC_LENGTH),
    };
}

/** The same message with another MIC, or with zeros, over which a MIC is computed. */
export function withMic(authenticate: Buffer, mic: Buffer = Buffer.alloc(MIC_LENGTH)): Buffer {
    const message = Buffer.from(authenticate);
    mic.copy(message, MIC_AT);
    return message;
}
