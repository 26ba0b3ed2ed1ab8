import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { build } from "esbuild";

/** The native plugin's file in dist/, and the licences of what is in it. */
export const PLUGIN = join("plugin", "pulumi-resource-wmisec.js");
export const LICENCES = join("plugin", "THIRD-PARTY-LICENCES.txt");

/**
 * Bundles the native plugin into one file that needs nothing but Node.js.
 * @param {string} root the repository
 * @param {string} dist compiled sources
 * @param {object} options
 * @param {string} [options.outfile]
 * @param {string | undefined} [options.downloadUrl] where engines get the plugin from, for its schema
 * @param {string} [options.banner] JavaScript that comes first
 */
export async function bundlePlugin(root, dist, { outfile = join(dist, PLUGIN), downloadUrl, banner = "" } = {}) {
    const result = await build({
        entryPoints: [join(dist, "provider", "heads", "native", "main.js")],
        outfile,
        banner: { js: banner },
        bundle: true,
        platform: "node",
        target: "node20",
        format: "cjs",
        logLevel: "warning",
        metafile: true,
        absWorkingDir: root,
        // An optional package of the user's (Kerberos).
        external: ["koffi"],
        plugins: [embedded(root, downloadUrl), withoutNativeParts],
    });
    writeFileSync(join(dist, LICENCES), licencesOf(root, Object.keys(result.metafile.inputs)));
}

/**
 * What the sources read or look for while they run is in the bundle itself. Each of these three modules is there for that.
 * @param {string} root
 * @param {string | undefined} downloadUrl
 * @returns {import("esbuild").Plugin}
 */
const embedded = (root, downloadUrl) => ({
    name: "embedded",
    setup({ onLoad }) {
        onLoad({ filter: /[\\/]provider[\\/]agent[\\/]scriptText\.js$/ }, ({ path }) => {
            const folder = dirname(path);
            const scripts = readdirSync(folder).filter((file) => file.endsWith(".ps1"));
            const texts = scripts.map((file) => [file, readFileSync(join(folder, file), "ascii").replaceAll("\r\n", "\n")]);
            return { contents: `const TEXTS = ${JSON.stringify(Object.fromEntries(texts))};\nexports.script = (name) => TEXTS[name];` };
        });
        onLoad({ filter: /[\\/]heads[\\/]native[\\/]release\.js$/ }, () => {
            const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
            return { contents: `exports.release = ${JSON.stringify({ version, downloadUrl })};` };
        });
        onLoad({ filter: /[\\/]heads[\\/]ofPulumi\.js$/ }, ({ path }) => {
            const heads = dirname(path);
            const sources = readdirSync(heads, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".js"));
            const names = sources.flatMap((file) =>
                [...readFileSync(join(heads, file), "utf8").matchAll(/ofPulumi\)\("([^"]+)"\)/g)].map(([, name]) => name),
            );
            const cases = [...new Set(names)].map((name) => `${JSON.stringify(name)}: () => require(${JSON.stringify(name)})`);
            return {
                contents: `const MODULES = { ${cases.join(", ")} };\nexports.ofPulumi = (name) => MODULES[name]();`,
                resolveDir: dirname(createRequire(join(root, "package.json")).resolve("@pulumi/pulumi")),
            };
        });
    },
});

/** ssh2 does without its compiled parts, and one file can't have them. @type {import("esbuild").Plugin} */
const withoutNativeParts = {
    name: "without-native-parts",
    setup({ onResolve, onLoad }) {
        onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path }) => ({ path, namespace: "native" }));
        onLoad({ filter: /.*/, namespace: "native" }, ({ path }) => ({
            contents: `throw new Error(${JSON.stringify(`${basename(path)} is not in the bundle`)});`,
        }));
    },
};

/**
 * @param {string} root
 * @param {string[]} inputs files of the bundle
 */
function licencesOf(root, inputs) {
    const folders = new Set(inputs.flatMap((file) => /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/.][^/]*/.exec(file) ?? []));
    const texts = [...folders].sort().map((folder) => {
        const { name, version, license } = JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8"));
        const files = readdirSync(join(root, folder)).filter((file) => /^(licen[cs]e|notice|copying)/i.test(file));
        return [`${name} ${version} (${license})`, ...files.map((file) => readFileSync(join(root, folder, file), "utf8").trim())].join(
            "\n\n",
        );
    });
    return `${texts.join(`\n\n${"-".repeat(80)}\n\n`)}\n`;
}
