/**
 * A stand-in for mofcomp.exe: a process of its own that lets the test compile (mofcompService.ts) and ends as it is told. Its
 * arguments are those of mofcomp, or `-api FILE`, `-api-check FILE`, `-api-buffer` with the text as base64 on standard input,
 * for the interface that is not a program.
 */
const { connect } = require("node:net");
const { join } = require("node:path");

const chunks = [];
process.stdin.on("data", (chunk) => chunks.push(chunk));
process.stdin.on("end", () => {
    const asked = { args: process.argv.slice(2), input: Buffer.concat(chunks).toString() };
    let answer = "";
    const socket = connect(join(process.env.WMISEC_MACHINE, "mofcomp"), () => socket.write(`${JSON.stringify(asked)}\n`));
    socket.on("data", (chunk) => {
        answer += chunk;
    });
    socket.on("error", (error) => {
        process.stdout.write(`the test that this host belongs to is over: ${error.message}\r\n`);
        process.exitCode = 1;
    });
    socket.on("end", () => {
        const { exit, output } = JSON.parse(answer);
        process.exitCode = exit;
        process.stdout.write(output);
    });
});
