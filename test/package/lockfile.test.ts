import { readFileSync } from "node:fs";
import { resolve } from "node:path";

interface LockedPackage {
    resolved?: string;
    optionalDependencies?: Record<string, string>;
}

const { packages } = JSON.parse(readFileSync(resolve(__dirname, "../../package-lock.json"), "utf8")) as {
    packages: Record<string, LockedPackage>;
};

test("package-lock.json has the packages of every platform, else npm ci refuses it", () => {
    // npm drops those of other platforms when it writes the file and can't ask for them; the entries must be put back by hand then.
    const missing = Object.entries(packages).flatMap(([path, { optionalDependencies = {} }]) =>
        Object.keys(optionalDependencies).filter((name) => !packages[`${path}/node_modules/${name}`] && !packages[`node_modules/${name}`]),
    );
    expect(missing).toEqual([]);
});

test("package-lock.json names no registry, so that everybody's own serves", () => {
    expect(Object.values(packages).filter(({ resolved }) => resolved !== undefined)).toEqual([]);
});
