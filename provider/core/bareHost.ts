/** Without the one pair of brackets that may stand around an IPv6 address. */
export const bareHost = (host: string): string => /^\[(.*)\]$/.exec(host)?.[1] ?? host;
