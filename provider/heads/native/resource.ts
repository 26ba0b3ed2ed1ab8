import { isBag } from "../../core/bag";
import { parseImportId } from "../../core/importId";
import { describeFailure } from "../../handlers/check";
import type { Properties, WhenUnread } from "../../handlers/handler";
import { PartialFailure } from "../../handlers/partialFailure";
import type { Operations } from "../../plugin/operations";
import { withSecretsMarked } from "../../plugin/secretOutputs";
import type { Loan } from "../access/hostLoan";
import type { Access } from "./access";
import { type DetailedDifference, inputDifferences, outputReasons, ownerIn } from "./detailedDiff";

/** A resource as it is stored. */
export interface StoredResource {
    readonly id: string;
    readonly properties: Properties;
    readonly inputs: Properties;
}

/**
 * One resource of the engine's, for one request. Its owner is computed from its URN, and how we get in is lent from the configuration: the
 * handlers have both among the properties, the engine has neither among the inputs.
 *
 * A `PartialFailure` holds the state to keep, as it is to be stored.
 */
export class NativeResource {
    /** @param owner the organization and the URN */
    constructor(
        private readonly operations: Operations,
        private readonly owner: string,
        private readonly access: Access,
    ) {}

    check(olds: Properties, news: Properties): { inputs: Properties; failures: string[] } {
        const inputs = this.access.recorded(news);
        const { failures } = this.operations.check(this.owned(this.access.loan().given(inputs)), olds);
        return {
            inputs: withSecretsMarked(inputs),
            failures: [
                ...("owner" in news ? ["owner: it is an output: the provider computes it"] : []),
                ...failures.map((failure) => describeFailure(failure)),
            ],
        };
    }

    /** @returns undefined if there is nothing to do */
    async diff(id: string, olds: Properties, oldInputs: Properties, news: Properties): Promise<DetailedDifference | undefined> {
        const loan = this.access.loan();
        const { changes } = await this.operations.diff(id, loan.given(olds), this.owned(loan.given(news)));
        if (changes === false) return undefined;
        const ofInputs = inputDifferences(withoutOwner(oldInputs), withoutOwner(news));
        if (ofInputs.size > 0) return ofInputs;
        // Where the handlers leave it to the engine to compare inputs, the owner is one of them.
        return changes === true || ownerIn(olds) !== this.owner ? outputReasons(olds, this.owner) : undefined;
    }

    async create(inputs: Properties): Promise<Pick<StoredResource, "id" | "properties">> {
        const loan = this.access.loan();
        const { id, outs } = await withStateTakenBack(loan, () => this.operations.create(this.owned(loan.given(inputs))));
        return { id, properties: loan.takenBack(outs) };
    }

    async update(id: string, olds: Properties, news: Properties): Promise<Properties> {
        const loan = this.access.loan();
        const old = loan.given(olds);
        return loan.takenBack(await withStateTakenBack(loan, () => this.operations.update(id, old, this.owned(loan.given(news)))));
    }

    async read(id: string, stored: Properties, whenUnread: WhenUnread): Promise<StoredResource> {
        const loan = this.access.loan();
        const { outs, inputs } = await withStateTakenBack(loan, () => this.operations.read(id, loan.given(stored), whenUnread));
        return { id, properties: loan.takenBack(outs), inputs: withoutOwner(loan.takenBack(inputs)) };
    }

    /**
     * @param id `HOST`, or `HOST,NAME,...`
     * @param connection what a program says of it, besides the host
     */
    async import(id: string, connection: unknown): Promise<StoredResource> {
        const loan = this.access.loan();
        const { host, names } = parseImportId(id);
        const addressed = this.access.recorded({ connection: { ...(isBag(connection) && connection), host } });
        const whole = loan.given(addressed)["connection"];
        const found = await this.operations.import(names, whole);
        return { id: found.id, properties: loan.takenBack(found.outs), inputs: withoutOwner(loan.takenBack(found.inputs)) };
    }

    delete(id: string, stored: Properties): Promise<void> {
        return this.operations.delete(id, this.access.loan().given(stored));
    }

    private readonly owned = (inputs: Properties): Properties => ({ ...inputs, owner: this.owner });
}

/** The state that a failure keeps goes back like any other. */
async function withStateTakenBack<T>(loan: Loan, work: () => Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        if (!(error instanceof PartialFailure)) throw error;
        const inputs = error.inputs && withoutOwner(loan.takenBack(error.inputs));
        throw new PartialFailure(error.id, loan.takenBack(error.properties), error.failure, inputs);
    }
}

function withoutOwner({ owner: _, ...inputs }: Properties): Properties {
    return inputs;
}
