import { isWmisecError, printable, type WmisecError } from "../core/errors";
import { describeRebuild, rebuildEvents } from "../core/wire/events";
import type { CommonInputs, ResourceSpec } from "../resources/resource";
import { hostText } from "./naming";
import type { Runtime } from "./runtime";
import type { State } from "./state";

type Properties = Readonly<Record<string, unknown>>;

export interface Gathered {
    /** The output under its name; nothing where the inputs do not ask for it. */
    readonly outputs: Properties;
    /** What explains drift, for people. */
    readonly rebuilds: readonly string[];
}

const NOT_ASKED: Gathered = { outputs: {}, rebuilds: [] };
/** A host may log hundreds; a line of the log has room for these, the newest. */
const REBUILDS_SHOWN = 5;

/** What the host's event log says, as an output of resources whose inputs ask for it. Never a reason for a change. */
export class Evidence {
    constructor(
        private readonly spec: ResourceSpec,
        private readonly runtime: Runtime,
    ) {}

    /** One request to the host. A log that can't be read fails nothing: the output says why, and a warning names the host. */
    async gather(inputs: CommonInputs): Promise<Gathered> {
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
            const unavailable = inShort(error);
            await this.runtime.log.warn(`${hostText(inputs)}: the event log could not be read: ${unavailable}`);
            return { outputs: { [evidence.output]: { unavailable } }, rebuilds: [] };
        }
    }

    /** The outputs of an update that carries nothing out: as before, unless the inputs ask for something else now. */
    async carriedOn(old: State, news: CommonInputs): Promise<Properties> {
        const { evidence } = this.spec;
        if (evidence === undefined) return {};
        if (evidence.sinceMs(old.inputs) !== evidence.sinceMs(news)) return (await this.gather(news)).outputs;
        const told = old.stored.outputs[evidence.output];
        return told === undefined ? {} : { [evidence.output]: told };
    }

    without(outputs: Properties): Properties {
        return Object.fromEntries(Object.entries(outputs).filter(([name]) => name !== this.spec.evidence?.output));
    }
}

function inShort({ code, summary, details: { said } }: WmisecError): string {
    const words = said === undefined || said === "" ? summary : said;
    return `${code}: ${printable(words, 300).replaceAll("\n", " ")}`;
}
