/** The host without the brackets that may enclose an IPv6 address. */
export const bareHost = (host: string): string => /^\[(.*)\]$/.exec(host)?.[1] ?? host;
