/**
 * Builds the program that lets masterzen/winrm, a client in Go, talk to our simulated hosts (test/winrm/peers/masterzen). Prints one line of JSON:
 * `{ folder }`, where the program `masterzen` is, or `{ missing }`, why there is none, for the tests that are skipped.
 */
import { fileURLToPath } from "node:url";
import { goProgram } from "./goProgram.mjs";

const made = await goProgram({
    name: "winrm-peer-masterzen",
    sources: fileURLToPath(new URL("../test/winrm/peers/masterzen/", import.meta.url)),
    title: "the Go program of the WinRM peers",
    module: "github.com/masterzen/winrm",
});
console.log(JSON.stringify(made));
