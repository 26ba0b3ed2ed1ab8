/** @type {import("jest").Config} */
module.exports = {
    testEnvironment: "node",
    roots: ["<rootDir>/test"],
    testMatch: ["**/*.test.ts"],
    transform: { "\\.ts$": ["ts-jest", { tsconfig: "<rootDir>/test/tsconfig.json", diagnostics: false }] },
    // For 2 processors: many tests wait for a host, or for a process that ends, for a part of their time.
    maxWorkers: 3,
    maxConcurrency: 10,
    testSequencer: "<rootDir>/test/longestFirst.cjs",
    // For what hangs, not for what is slow: a machine may have much else to do.
    testTimeout: 300_000,
};
