/** The NegotiateFlags (MS-NLMP 2.2.2.5) that we use. */
export const FLAGS = {
    unicode: 0x0000_0001,
    requestTarget: 0x0000_0004,
    sign: 0x0000_0010,
    seal: 0x0000_0020,
    ntlm: 0x0000_0200,
    alwaysSign: 0x0000_8000,
    targetTypeServer: 0x0002_0000,
    extendedSessionSecurity: 0x0008_0000,
    targetInfo: 0x0080_0000,
    version: 0x0200_0000,
    key128: 0x2000_0000,
    keyExchange: 0x4000_0000,
} as const;
export type Flag = keyof typeof FLAGS;

/** If one of these is missing, somebody in between could read or change a session. */
export const REQUIRED: readonly Flag[] = [
    "unicode",
    "sign",
    "seal",
    "ntlm",
    "extendedSessionSecurity",
    "targetInfo",
    "key128",
    "keyExchange",
];

export const flagsOf = (names: readonly Flag[]): number => names.reduce((flags, name) => (flags | FLAGS[name]) >>> 0, 0);

export const missingOf = (flags: number): Flag[] => REQUIRED.filter((name) => (flags & FLAGS[name]) === 0);
