import type * as Grpc from "@grpc/grpc-js";
import type { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type * as EngineMessages from "@pulumi/pulumi/proto/engine_pb";
import type { Engine, Severity } from "../plugin/engine";
import { ofPulumi } from "./ofPulumi";

/** Milliseconds to wait for the engine's answer. */
const DEADLINE = 2_000;

/**
 * Writes to the engine's own log, so that lines appear in the CLI's diagnostics with their severity. In a dynamic provider's
 * process `pulumi.log` has no engine, and prints to a console instead. Also asks the engine whether a program runs.
 */
export class EngineLog implements Engine {
    private readonly engine: EngineClient;
    private readonly messages: typeof EngineMessages;
    private readonly noMetadata: Grpc.Metadata;

    /**
     * @param address of the engine, from the arguments of the plugin's process
     * @param cancelled fires when the user cancels the run
     * @param about the resource that a line is about if nothing else is said: its URN
     */
    constructor(
        readonly address: string,
        readonly cancelled: AbortSignal,
        private readonly about: () => string | undefined = () => undefined,
    ) {
        const grpc = ofPulumi<typeof Grpc>("@grpc/grpc-js");
        const stubs = ofPulumi<{ EngineClient: typeof EngineClient }>("@pulumi/pulumi/proto/engine_grpc_pb.js");
        this.messages = ofPulumi<typeof EngineMessages>("@pulumi/pulumi/proto/engine_pb.js");
        this.noMetadata = new grpc.Metadata();
        this.engine = new stubs.EngineClient(address, grpc.credentials.createInsecure());
    }

    write(severity: Severity, message: string, urn?: string): Promise<void> {
        const request = new this.messages.LogRequest();
        request.setSeverity(severity === "warning" ? this.messages.LogSeverity.WARNING : this.messages.LogSeverity.INFO);
        request.setEphemeral(severity === "passing");
        request.setMessage(message);
        request.setUrn(urn ?? this.about() ?? "");
        return new Promise((resolve) => {
            this.engine.log(request, this.noMetadata, { deadline: Date.now() + DEADLINE }, () => resolve());
        });
    }

    /**
     * A program in JavaScript or Python tells the engine of its root resource (the stack) before anything else (`SetRootResource`: @pulumi/pulumi runtime/stack.js).
     * One in Go or YAML does not, as of Pulumi 3.276.
     */
    hasStack(): Promise<boolean> {
        return new Promise((resolve) => {
            const request = new this.messages.GetRootResourceRequest();
            this.engine.getRootResource(request, this.noMetadata, { deadline: Date.now() + DEADLINE }, (error, answer) =>
                resolve(error !== null || answer.getUrn() !== ""),
            );
        });
    }
}
