import { createRequire } from "node:module";
import type * as Grpc from "@grpc/grpc-js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type * as EngineMessages from "@pulumi/pulumi/proto/engine_pb";
import type { Engine, Severity } from "../plugin/engine";

/** Milliseconds after which an engine that does not answer is given up on. */
const DEADLINE = 2_000;

/**
 * Lines in the engine's own log, so that they stand in the CLI's diagnostics with their severity. In a dynamic provider's
 * process `pulumi.log` has no engine and prints to a console instead. The engine is also asked whether a program runs.
 */
export class EngineLog implements Engine {
    private readonly engine: EngineClient;
    private readonly messages: typeof EngineMessages;
    private readonly noMetadata: Grpc.Metadata;

    /** @param address of the engine, as the plugin's process is told in its arguments. */
    constructor(readonly address: string) {
        // The engine's stubs and the gRPC library must be the copies that @pulumi/pulumi itself uses.
        const ofPulumi = createRequire(require.resolve("@pulumi/pulumi"));
        const grpc = ofPulumi("@grpc/grpc-js") as typeof Grpc;
        const stubs = ofPulumi("@pulumi/pulumi/proto/engine_grpc_pb.js") as { EngineClient: typeof EngineClient };
        this.messages = ofPulumi("@pulumi/pulumi/proto/engine_pb.js") as typeof EngineMessages;
        this.noMetadata = new grpc.Metadata();
        this.engine = new stubs.EngineClient(address, grpc.credentials.createInsecure());
    }

    write(severity: Severity, message: string): Promise<void> {
        const request = new this.messages.LogRequest();
        request.setSeverity(severity === "warning" ? this.messages.LogSeverity.WARNING : this.messages.LogSeverity.INFO);
        request.setEphemeral(severity === "passing");
        request.setMessage(message);
        return new Promise((resolve) => {
            this.engine.log(request, this.noMetadata, { deadline: Date.now() + DEADLINE }, () => resolve());
        });
    }

    /** A program tells the engine of its root resource (the stack) before it declares anything (@pulumi/pulumi runtime/stack.js). */
    programRuns(): Promise<boolean> {
        return new Promise((resolve) => {
            const request = new this.messages.GetRootResourceRequest();
            this.engine.getRootResource(request, this.noMetadata, { deadline: Date.now() + DEADLINE }, (error, answer) =>
                resolve(error !== null || answer.getUrn() !== ""),
            );
        });
    }
}
