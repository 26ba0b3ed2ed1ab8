/** Shorter ones would blacken words that are no secrets. Characters. */
const SHORTEST = 4;
/** A line of a key, as a host might echo one. Characters. */
const SHORTEST_LINE = 16;

/**
 * Knows the secrets that were used in this process and takes them out of text that people will read: a host that got a
 * password can say it back, in a banner, an error or a frame.
 */
export class Redaction {
    readonly #known = new Set<string>();

    add(secret: string): void {
        if (secret.length >= SHORTEST) this.#known.add(secret);
        const lines = secret.split(/\r?\n/);
        if (lines.length > 1) for (const line of lines) if (line.length >= SHORTEST_LINE) this.#known.add(line);
    }

    apply(text: string): string {
        // The longest first: one secret may be a part of another.
        const known = [...this.#known].sort((a, b) => b.length - a.length);
        return known.reduce((left, secret) => left.replaceAll(secret, "[secret]"), text);
    }
}
