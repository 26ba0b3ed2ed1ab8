import type * as Grpc from "@grpc/grpc-js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import type { DiffResponse } from "@pulumi/pulumi/proto/provider_pb";
import type { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Runtime } from "../../../provider/handlers/runtime";
import { bagOf, structOf } from "../../../provider/heads/native/bags";
import { Any, Empty, grpc, messages, Status } from "../../../provider/heads/native/protocol";
import { NativeHead } from "../../../provider/heads/native/server";
import { ofPulumi } from "../../../provider/heads/ofPulumi";
import { AskedLives } from "../../../provider/plugin/askedLives";
import { withoutMarks } from "../../../provider/plugin/secretOutputs";
import { Tally } from "../../../provider/plugin/tally";
import type { HandlerWorld } from "../../handlers/world";

type Bag = Readonly<Record<string, unknown>>;
type Method<Request, Response> = (request: Request, done: (error: Grpc.ServiceError | null, response: Response) => void) => unknown;

/** As a request has it: a plugin that takes no secrets gets plain values. */
const sent = (bag: Bag): Struct => structOf(withoutMarks(bag) as object);

/** The head over hosts in memory, as an engine sees it: through gRPC, in this process. */
export class NativeClient {
    /** Addresses of the engines whose runs were ended. */
    readonly ended: string[] = [];
    /** Of each answer: whether the engine is to read the resource before it next compares it. */
    readonly looksFirst: boolean[] = [];
    /** Of each run of an engine. */
    readonly cancelled: AbortSignal[] = [];
    private readonly server: Grpc.Server;
    private client: ResourceProviderClient | undefined;

    /** @param runtime what a run has; a function may refuse to begin one */
    constructor(world: HandlerWorld, runtime: () => Runtime = () => world.runtime()) {
        const head = new NativeHead({
            version: "1.2.3",
            schema: () => "{}",
            start: (address, cancelled) => {
                this.cancelled.push(cancelled);
                return {
                    runtime: runtime(),
                    redact: (text) => text,
                    tally: new Tally(),
                    lives: new AskedLives(async () => true),
                    endRun: async () => void this.ended.push(address),
                };
            },
        });
        this.server = head.server();
    }

    async start(): Promise<this> {
        const port = await new Promise<number>((resolve, reject) => {
            this.server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
                error === null ? resolve(bound) : reject(error),
            );
        });
        const { ResourceProviderClient: Client } = ofPulumi<{ ResourceProviderClient: typeof ResourceProviderClient }>(
            "@pulumi/pulumi/proto/provider_grpc_pb.js",
        );
        this.client = new Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
        return this;
    }

    stop(): void {
        this.client?.close();
        this.server.forceShutdown();
    }

    async attach(address = "127.0.0.1:1"): Promise<this> {
        const { PluginAttach } = ofPulumi<typeof import("@pulumi/pulumi/proto/plugin_pb")>("@pulumi/pulumi/proto/plugin_pb.js");
        await this.call("attach", new PluginAttach().setAddress(address));
        return this;
    }

    async configure(args: Bag): Promise<this> {
        await this.call("configure", new messages.ConfigureRequest().setArgs(structOf(args)));
        return this;
    }

    async checkConfig(args: Bag) {
        const answer = await this.call("checkConfig", new messages.CheckRequest().setNews(sent(args)));
        return { inputs: raw(answer.getInputs()), failures: answer.getFailuresList().map((one) => one.getReason()) };
    }

    async diffConfig(olds: Bag, news: Bag) {
        return difference(await this.call("diffConfig", new messages.DiffRequest().setOldInputs(sent(olds)).setNews(sent(news))));
    }

    async check(urn: string, news: Bag) {
        const answer = await this.call("check", new messages.CheckRequest().setUrn(urn).setNews(sent(news)));
        return {
            inputs: raw(answer.getInputs()),
            failures: answer.getFailuresList().map((one) => [one.getProperty(), one.getReason()]),
        };
    }

    async diff(urn: string, id: string, { olds, oldInputs, news }: { olds: Bag; oldInputs: Bag; news: Bag }) {
        const request = new messages.DiffRequest().setUrn(urn).setId(id);
        request.setOlds(sent(olds)).setOldInputs(sent(oldInputs)).setNews(sent(news));
        return difference(await this.call("diff", request));
    }

    async create(urn: string, properties: Bag) {
        const answer = await this.call("create", new messages.CreateRequest().setUrn(urn).setProperties(sent(properties)));
        this.looksFirst.push(answer.getRefreshBeforeUpdate());
        return { id: answer.getId(), outs: raw(answer.getProperties()) };
    }

    async read(urn: string, id: string, properties: Bag = {}) {
        const answer = await this.call("read", new messages.ReadRequest().setUrn(urn).setId(id).setProperties(sent(properties)));
        this.looksFirst.push(answer.getRefreshBeforeUpdate());
        return { id: answer.getId(), outs: raw(answer.getProperties()), inputs: raw(answer.getInputs()) };
    }

    async update(urn: string, id: string, olds: Bag, news: Bag) {
        const request = new messages.UpdateRequest().setUrn(urn).setId(id).setOlds(sent(olds)).setNews(sent(news));
        const answer = await this.call("update", request);
        this.looksFirst.push(answer.getRefreshBeforeUpdate());
        return raw(answer.getProperties());
    }

    async delete(urn: string, id: string, properties: Bag): Promise<void> {
        await this.call("delete", new messages.DeleteRequest().setUrn(urn).setId(id).setProperties(sent(properties)));
    }

    async cancel(): Promise<void> {
        await this.call("cancel", new Empty());
    }

    async pluginInfo(): Promise<string> {
        return (await this.call("getPluginInfo", new Empty())).getVersion();
    }

    async handshake(): Promise<unknown> {
        return this.call("handshake", new messages.ProviderHandshakeRequest());
    }

    private call<Name extends MethodName>(name: Name, request: RequestOf<Name>): Promise<ResponseOf<Name>> {
        const client = this.client;
        if (client === undefined) throw new Error("not started");
        const method = client[name].bind(client) as unknown as Method<RequestOf<Name>, ResponseOf<Name>>;
        return new Promise((resolve, reject) => {
            method(request, (error, response) => (error === null ? resolve(response) : reject(error)));
        });
    }
}

type Service = import("@pulumi/pulumi/proto/provider_grpc_pb").IResourceProviderServer;
type MethodName = Exclude<keyof ResourceProviderClient & keyof Service & string, "list">;
type RequestOf<Name extends MethodName> = Service[Name] extends Grpc.handleUnaryCall<infer Request, infer _> ? Request : never;
type ResponseOf<Name extends MethodName> = Service[Name] extends Grpc.handleUnaryCall<infer _, infer Response> ? Response : never;

/** An answer's properties, with the marks of secrets. */
const raw = (struct: Struct | undefined): Bag => bagOf(struct);

const KINDS = new Map(Object.entries(messages.PropertyDiff.Kind).map(([name, number]) => [number as number, name]));

/** `PATH: KIND`, with `(output)` where no input differs; undefined if there is nothing to do. */
function difference(answer: DiffResponse): string[] | undefined {
    if (answer.getReplacesList().length > 0) throw new Error("it asks for a replacement");
    if (answer.getChanges() === messages.DiffResponse.DiffChanges.DIFF_NONE) return undefined;
    return [...answer.getDetaileddiffMap().entries()].map(
        ([path, one]) => `${path}: ${KINDS.get(one.getKind())}${one.getInputdiff() ? "" : " (output)"}`,
    );
}

/** The state that a failed write keeps, as an engine finds it in the error's metadata; undefined if the error keeps none. */
export function keptBy(error: unknown): { id: string; outs: Bag; inputs: Bag; reasons: string[]; looksFirst: boolean } | undefined {
    const [details] = (error as Grpc.ServiceError).metadata.get("grpc-status-details-bin");
    if (details === undefined) return undefined;
    const [packed] = Status.deserializeBinary(details as Buffer).getDetailsList();
    const failed = packed?.unpack(messages.ErrorResourceInitFailed.deserializeBinary, "pulumirpc.ErrorResourceInitFailed");
    if (!(packed instanceof Any) || !failed) throw new Error("another detail");
    return {
        id: failed.getId(),
        outs: raw(failed.getProperties()),
        inputs: raw(failed.getInputs()),
        reasons: failed.getReasonsList(),
        looksFirst: failed.getRefreshBeforeUpdate(),
    };
}
