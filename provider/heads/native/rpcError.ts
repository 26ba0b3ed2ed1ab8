import type * as Grpc from "@grpc/grpc-js";
import { isWmisecError } from "../../core/errors";
import { PartialFailure } from "../../handlers/partialFailure";
import { structOf } from "./bags";
import { Any, grpc, messages, Status } from "./protocol";

/** An error as gRPC carries it. */
export type RpcError = Partial<Grpc.StatusObject> & { readonly code: Grpc.status; readonly details: string };

/**
 * For a write that stopped halfway, and a read that is to be made up for, it has the state to keep and the reason: the engine tries an
 * update next time.
 * @param looksFirst whether the engine is to read the resource before it next compares it
 */
export function rpcError(error: unknown, looksFirst = false): RpcError {
    if (error instanceof PartialFailure) return initFailed(error, looksFirst);
    const details = textOf(error);
    // UNKNOWN makes the engine think that the resource may be in any condition. With our errors no write has begun.
    return { code: isWmisecError(error) ? grpc.status.FAILED_PRECONDITION : grpc.status.UNKNOWN, details };
}

/** With the code of an error of ours as the last line: docs/troubleshooting.md goes by it. */
function textOf(error: unknown): string {
    if (isWmisecError(error)) return `${error.message}\n  code:  ${error.code}`;
    return error instanceof Error ? error.message : String(error);
}

/** Where gRPC has details of an error: a `google.rpc.Status` in the metadata. */
const DETAILS = "grpc-status-details-bin";

function initFailed({ id, failure, properties, inputs }: PartialFailure, looksFirst: boolean): RpcError {
    const message = textOf(failure);
    const failed = new messages.ErrorResourceInitFailed();
    failed.setId(id);
    failed.setProperties(structOf(properties));
    if (inputs !== undefined) failed.setInputs(structOf(inputs));
    failed.setReasonsList([message]);
    failed.setRefreshBeforeUpdate(looksFirst);
    const packed = new Any();
    packed.pack(failed.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
    const status = new Status();
    status.setCode(grpc.status.UNKNOWN);
    status.setMessage(message);
    status.addDetails(packed);
    const metadata = new grpc.Metadata();
    metadata.add(DETAILS, Buffer.from(status.serializeBinary()));
    return { code: grpc.status.UNKNOWN, details: message, metadata };
}
