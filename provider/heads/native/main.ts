#!/usr/bin/env node
import { startPlugin } from "../../plugin/plugin";
import { packageSchema } from "../../schema";
import { engineAddress } from "../engineAddress";
import { EngineLog } from "../engineLog";
import { urnInQuestion } from "./about";
import { grpc } from "./protocol";
import { release } from "./release";
import { NativeHead } from "./server";

const address = engineAddress(process.argv.slice(2));

const head = new NativeHead({
    version: release.version,
    schema: () => packageSchema(release.version, release.downloadUrl),
    start: (engine, cancelled) => startPlugin(new EngineLog(engine, cancelled, urnInQuestion), address === undefined ? "run" : "process"),
});
if (address !== undefined) head.begin(address);

head.server().bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
    if (error !== null) throw error;
    // The engine reads the port from the first line of the output.
    process.stdout.write(`${port}\n`);
});
