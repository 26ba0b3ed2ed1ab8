/** @typedef {readonly [number, number, number]} Version */

/**
 * The first version number in a text: `v3.259.0`, `go version go1.26.8 linux/amd64`, `3.260.0-dev.0+dirty`.
 * What follows the third number is dropped, so a build made before a release counts as that release.
 * @param {string} text
 * @returns {Version | undefined}
 */
export function parseVersion(text) {
    const found = /(\d+)\.(\d+)(?:\.(\d+))?/.exec(text);
    return found ? [Number(found[1]), Number(found[2]), Number(found[3] ?? 0)] : undefined;
}

/**
 * @param {Version} version
 * @param {Version} minimum
 */
export function atLeast(version, minimum) {
    for (const part of /** @type {const} */ ([0, 1, 2])) {
        if (version[part] !== minimum[part]) return version[part] > minimum[part];
    }
    return true;
}

/** @param {Version} version */
export function showVersion(version) {
    return version.join(".");
}
