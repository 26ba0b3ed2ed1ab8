import { createHmac } from "node:crypto";
import { bareHost } from "../core/bareHost";
import { decodeKey } from "./publicKey";

/** A line of a known_hosts file about a given host. */
export interface KnownHost {
    /** Counted from 1. */
    readonly line: number;
    /** `revoked`: this key must be refused. `cert-authority`: signs host certificates, which are not supported. */
    readonly marker: "none" | "revoked" | "cert-authority";
    readonly type: string;
    /** SSH's wire format. */
    readonly key: Buffer;
}

/** A host's name in known_hosts: lower case, with the port unless it is 22. */
export function knownHostsName(host: string, port: number): string {
    const bare = bareHost(host).toLowerCase();
    return port === 22 ? bare : `[${bare}]:${port}`;
}

/**
 * The lines of a known_hosts file about `name` (see `knownHostsName`), in the file's order. Like OpenSSH it skips comments,
 * blank lines and unreadable lines, which include the keys of SSH protocol 1.
 * @see sshd(8), section SSH_KNOWN_HOSTS FILE FORMAT
 */
export function findKnownHosts(lines: readonly string[], name: string): KnownHost[] {
    return lines.flatMap((content, index) => {
        const fields = content.trim().split(/[ \t]+/);
        const marker = markerOf(fields[0] ?? "");
        if (marker === undefined) return [];
        const [hosts, type, base64] = marker === "none" ? fields : fields.slice(1);
        if (hosts === undefined || type === undefined || base64 === undefined || !matchesHost(hosts, name)) return [];
        const key = decodeKey(type, base64);
        return key === undefined ? [] : [{ line: index + 1, marker, type, key }];
    });
}

/** undefined for comments, blank lines and unknown markers. */
function markerOf(first: string): KnownHost["marker"] | undefined {
    if (first === "" || first.startsWith("#")) return undefined;
    if (!first.startsWith("@")) return "none";
    return first === "@revoked" ? "revoked" : first === "@cert-authority" ? "cert-authority" : undefined;
}

/**
 * @param hosts the first field of a line: a hashed name, or patterns with `*`, `?` and `!`, separated by commas. One negated
 *     pattern that matches excludes the line.
 */
export function matchesHost(hosts: string, name: string): boolean {
    if (hosts.startsWith("|")) return matchesHash(hosts, name);
    const patterns = hosts.toLowerCase().split(",");
    const matches = (pattern: string) => matchesPattern(pattern, name);
    return !patterns.some((p) => p.startsWith("!") && matches(p.slice(1))) && patterns.some((p) => !p.startsWith("!") && matches(p));
}

/** `|1|salt|hash`, where hash is HMAC-SHA1 of the name under the salt. */
function matchesHash(hosts: string, name: string): boolean {
    const [, kind, salt, hash, ...more] = hosts.split("|");
    if (kind !== "1" || salt === undefined || hash === undefined || more.length > 0) return false;
    return createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash;
}

/**
 * `*` matches any number of characters, `?` one. It only goes back to the last star, so the time is bounded by the length of the
 * pattern times that of the name.
 */
function matchesPattern(pattern: string, name: string): boolean {
    let at = 0;
    let read = 0;
    let star: { at: number; read: number } | undefined;
    while (read < name.length) {
        if (pattern[at] === "*") star = { at: ++at, read };
        else if (at < pattern.length && (pattern[at] === "?" || pattern[at] === name[read])) {
            at++;
            read++;
        } else if (star !== undefined) {
            star.read++;
            ({ at, read } = star);
        } else return false;
    }
    while (pattern[at] === "*") at++;
    return at === pattern.length;
}
