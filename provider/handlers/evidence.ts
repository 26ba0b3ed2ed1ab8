import { isWmisecError, printable, type WmisecError } from "../core/errors";
import { describeRebuild, rebuildEvents } from "../core/wire/events";
import type { CommonInputs, ResourceSpec } from "../resources/resource";
import { hostText } from "./naming";
import type { Runtime } from "./runtime";
import type { State } from "./state";

type Properties = Readonly<Record<string, unknown>>;

export interface GatheredEvidence {
    /** The output under its name; empty if the inputs do not ask for it. */
    readonly outputs: Properties;
    /** Explanations of drift, in words. */
    readonly rebuilds: readonly string[];
}

const NOT_ASKED: GatheredEvidence = { outputs: {}, rebuilds: [] };
/** A host may log hundreds of rebuilds. A log line has room for this many, the newest. */
const REBUILDS_SHOWN = 5;

/** What the host's event log says, as an output of resources whose inputs ask for it. It never causes a change. */
export class Evidence {
    constructor(
        private readonly spec: ResourceSpec,
        private readonly runtime: Runtime,
    ) {}

    /**
     * Sends one request to the host. If the log can't be read, the operation does not fail: the output says why, and a warning names the
     * host.
     */
    async gather(inputs: CommonInputs): Promise<GatheredEvidence> {
        const { evidence } = this.spec;
        const sinceMs = evidence?.sinceMs(inputs);
        if (evidence === undefined || sinceMs === undefined) return NOT_ASKED;
        const { connection } = inputs;
        try {
            const reading = await this.runtime.host(connection).readEvents({ sinceMs });
            const rebuilds = rebuildEvents(reading).map(describeRebuild);
            const more = rebuilds.length - REBUILDS_SHOWN;
            return {
                outputs: { [evidence.output]: evidence.tell(inputs, reading) },
                rebuilds: [...rebuilds.slice(-REBUILDS_SHOWN), ...(more > 0 ? [`${more} more such events`] : [])],
            };
        } catch (error) {
            if (!isWmisecError(error)) throw error;
            const unavailable = briefText(error);
            await this.runtime.log.warn(`${hostText(inputs)}: the event log could not be read: ${unavailable}`);
            return { outputs: { [evidence.output]: { unavailable } }, rebuilds: [] };
        }
    }

    /** The outputs of an update that changes only settings: unchanged, unless the inputs now ask for something else. */
    async keptOutputs(old: State, news: CommonInputs): Promise<Properties> {
        const { evidence } = this.spec;
        if (evidence === undefined) return {};
        if (evidence.sinceMs(old.inputs) !== evidence.sinceMs(news)) return (await this.gather(news)).outputs;
        const kept = old.stored.outputs[evidence.output];
        return kept === undefined ? {} : { [evidence.output]: kept };
    }

    without(outputs: Properties): Properties {
        return Object.fromEntries(Object.entries(outputs).filter(([name]) => name !== this.spec.evidence?.output));
    }
}

function briefText({ code, summary, details: { said } }: WmisecError): string {
    const words = said === undefined || said === "" ? summary : said;
    return `${code}: ${printable(words, 300).replaceAll("\n", " ")}`;
}
