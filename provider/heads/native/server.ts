import type * as Grpc from "@grpc/grpc-js";
import type { PluginAttach } from "@pulumi/pulumi/proto/plugin_pb";
import type {
    CheckRequest,
    ConfigureRequest,
    CreateRequest,
    DeleteRequest,
    DiffRequest,
    GetSchemaRequest,
    ReadRequest,
    UpdateRequest,
} from "@pulumi/pulumi/proto/provider_pb";
import type { WhenUnread } from "../../handlers/handler";
import { Operations } from "../../plugin/operations";
import type { Plugin } from "../../plugin/plugin";
import { MEMORY } from "../../resources/fleetOutputs";
import { workAbout } from "./about";
import { Access } from "./access";
import { bagOf, isUnknown, structOf } from "./bags";
import { type Configuration, NOT_CONFIGURED, readConfiguration, withSecretSettingsMarked } from "./configuration";
import { type DetailedDifference, inputDifferences } from "./detailedDiff";
import { InFlight } from "./inFlight";
import { Empty, grpc, messages, PluginInfo, ResourceProviderService } from "./protocol";
import { NativeResource } from "./resource";
import { type RpcError, rpcError } from "./rpcError";

/** The largest state of a resource, in bytes, is far below this. gRPC's own limit for a message is 4 MiB. */
const MAX_MESSAGE = 64 * 1024 * 1024;

export interface HeadOptions {
    readonly version: string;
    /** JSON. */
    readonly schema: () => string;
    /** Called for each run of an engine. `address` is the engine's; `cancelled` fires when it sends Cancel. */
    readonly start: (address: string, cancelled: AbortSignal) => Plugin;
}

/** The provider as a native plugin: Pulumi's protocol for providers (pulumi/provider.proto) over gRPC. */
export class NativeHead {
    private readonly inFlight = new InFlight();
    private configuration: Configuration = NOT_CONFIGURED;
    private cancelled = new AbortController();
    private run: Plugin | Error = new Error("no engine has attached to this plugin");

    constructor(private readonly options: HeadOptions) {}

    /** A run of an engine begins. What is wrong with the environment is said when a resource needs it. */
    begin(engineAddress: string): void {
        this.cancelled = new AbortController();
        try {
            this.run = this.options.start(engineAddress, this.cancelled.signal);
        } catch (error) {
            this.run = error instanceof Error ? error : new Error(String(error));
        }
    }

    private plugin(): Plugin {
        if (this.run instanceof Error) throw this.run;
        return this.run;
    }

    /** What is not here is answered with UNIMPLEMENTED, which every engine takes. */
    server(): Grpc.Server {
        const server = new grpc.Server({ "grpc.max_receive_message_length": MAX_MESSAGE, "grpc.max_send_message_length": MAX_MESSAGE });
        server.addService(ResourceProviderService, {
            getPluginInfo: unary(() => new PluginInfo().setVersion(this.options.version)),
            getSchema: unary((_request: GetSchemaRequest) => new messages.GetSchemaResponse().setSchema(this.options.schema())),
            attach: unary((request: PluginAttach) => {
                this.begin(request.getAddress());
                return new Empty();
            }),
            // At the end of every operation, and earlier when the user stops it: then what is in flight is finished first.
            cancel: unary(async () => {
                this.cancelled.abort();
                await this.inFlight.idle();
                if (!(this.run instanceof Error)) await this.run.endRun();
                return new Empty();
            }),
            checkConfig: unary((request: CheckRequest) => this.checkConfig(request)),
            diffConfig: unary((request: DiffRequest) => {
                const olds = request.hasOldInputs() ? request.getOldInputs() : request.getOlds();
                return differenceResponse(inputDifferences(bagOf(olds), bagOf(request.getNews())));
            }),
            configure: unary((request: ConfigureRequest) => {
                this.configuration = readConfiguration(bagOf(request.getArgs())).configuration;
                return new messages.ConfigureResponse();
            }),
            check: this.onResource((resource, request: CheckRequest) => {
                const { inputs, failures } = resource.check(bagOf(request.getOlds()), bagOf(request.getNews()));
                return new messages.CheckResponse().setInputs(structOf(inputs)).setFailuresList(failures.map(failureFor));
            }),
            diff: this.onResource(async (resource, request: DiffRequest) => {
                const [olds, oldInputs, news] = [request.getOlds(), request.getOldInputs(), request.getNews()].map(bagOf);
                return differenceResponse(await resource.diff(request.getId(), olds ?? {}, oldInputs ?? {}, news ?? {}));
            }),
            create: this.onResource(async (resource, request: CreateRequest) => {
                const { id, properties } = await resource.create(bagOf(request.getProperties()));
                return this.looksFirst(new messages.CreateResponse().setId(id).setProperties(structOf(properties)));
            }),
            read: this.onResource(async (resource, request: ReadRequest) => {
                const stored = bagOf(request.getProperties());
                // A state has the machine's identity, or what a fleet remembers; an import has nothing, and a data source what the program says.
                const isState = stored["machine"] !== undefined || stored[MEMORY] !== undefined;
                const id = request.getId();
                const found = isState
                    ? await resource.read(id, stored, this.whenUnread())
                    : await resource.import(id, stored["connection"]);
                const { properties, inputs } = found;
                const response = new messages.ReadResponse()
                    .setId(found.id)
                    .setProperties(structOf(properties))
                    .setInputs(structOf(inputs));
                return this.looksFirst(response);
            }),
            update: this.onResource(async (resource, request: UpdateRequest) => {
                const properties = await resource.update(request.getId(), bagOf(request.getOlds()), bagOf(request.getNews()));
                return this.looksFirst(new messages.UpdateResponse().setProperties(structOf(properties)));
            }),
            delete: this.onResource(async (resource, request: DeleteRequest) => {
                await resource.delete(request.getId(), bagOf(request.getProperties()));
                return new Empty();
            }),
        });
        return server;
    }

    /** Tells the engine to read the resource before it next compares it: a plain preview shows drift then. */
    private looksFirst<Response extends { setRefreshBeforeUpdate(value: boolean): unknown }>(response: Response): Response {
        response.setRefreshBeforeUpdate(this.configuration.lookFirst);
        return response;
    }

    /** A host that does not answer must not stop plain previews and updates of all others. */
    private whenUnread(): WhenUnread {
        return this.configuration.lookFirst && !this.plugin().runtime.strict ? "record" : "fail";
    }

    private async checkConfig(request: CheckRequest): Promise<InstanceType<typeof messages.CheckResponse>> {
        const args = bagOf(request.getNews());
        const { problems, unused } = readConfiguration(args);
        await Promise.all(unused.map((text) => this.plugin().runtime.log.warn(text)));
        return new messages.CheckResponse()
            .setInputs(structOf(withSecretSettingsMarked(args)))
            .setFailuresList(problems.map((problem) => failureFor(`wmisec:${problem}`)));
    }

    private onResource<Request extends { getUrn(): string }, Response>(
        answer: (resource: NativeResource, request: Request) => Response | Promise<Response>,
    ): Grpc.handleUnaryCall<Request, Response> {
        const answered = (request: Request) => {
            const urn = request.getUrn();
            return this.inFlight.during(() => workAbout(urn, async () => answer(this.resource(urn), request)));
        };
        return unary(answered, (error) => rpcError(error, this.configuration.lookFirst));
    }

    private resource(urn: string): NativeResource {
        const { organization, connection } = this.configuration;
        const name = nameIn(urn);
        const operations = new Operations(name, this.plugin(), isUnknown);
        return new NativeResource(operations, `${organization}/${urn}`, new Access(name, connection));
    }
}

/** `UnsecAppPolicy` of `urn:pulumi:prod::fleet::a:b:Component$wmisec:index:UnsecAppPolicy::web-07`. */
function nameIn(urn: string): string {
    const [, , types = ""] = urn.split("::");
    return types.slice(types.lastIndexOf(":") + 1);
}

/** Without the property's name: with one, the engine would also print its value, and a connection may hold a secret. */
const failureFor = (reason: string) => new messages.CheckFailure().setReason(reason);

const { Kind } = messages.PropertyDiff;
const KINDS = { add: Kind.ADD, delete: Kind.DELETE, update: Kind.UPDATE };
const { DiffChanges } = messages.DiffResponse;

/** Nothing is ever replaced. */
function differenceResponse(differences: DetailedDifference | undefined): InstanceType<typeof messages.DiffResponse> {
    const response = new messages.DiffResponse();
    if (differences === undefined || differences.size === 0) return response.setChanges(DiffChanges.DIFF_NONE);
    response.setChanges(DiffChanges.DIFF_SOME).setHasdetaileddiff(true);
    for (const [path, { kind, isOfInputs }] of differences)
        response.getDetaileddiffMap().set(path, new messages.PropertyDiff().setKind(KINDS[kind]).setInputdiff(isOfInputs));
    return response;
}

function unary<Request, Response>(
    answer: (request: Request) => Response | Promise<Response>,
    failed: (error: unknown) => RpcError = rpcError,
): Grpc.handleUnaryCall<Request, Response> {
    return ({ request }, callback) => {
        Promise.resolve()
            .then(() => answer(request))
            .then(
                (response) => callback(null, response),
                (error: unknown) => callback(failed(error)),
            );
    };
}
