import { describeCompilers } from "./compilers";
import { ContractContext, type ContractOptions, type HostUnderTest } from "./contractContext";
import { describeDefinitions } from "./definitions";
import { describeEventLog } from "./eventLog";
import { describeLedger } from "./ledger";
import { describeNamespaces } from "./namespaces";
import { describeRegistrations } from "./registrations";
import { describeSessions } from "./sessions";
import { describeSteps } from "./steps";
import { describeValues } from "./values";

export type { ContractOptions, HostUnderTest } from "./contractContext";

/**
 * What every WindowsHost must do, whatever is behind it. Each case gets a host of its own from the factory.
 * Each starts with the namespace's flag FALSE, no ledger entry and no registration for it, and a real host is left so.
 */
export function describeWindowsHost(
    name: string,
    makeHost: () => Promise<HostUnderTest>,
    { real = false, leavesOut }: ContractOptions = {},
): void {
    describe(`WindowsHost: ${name}`, () => {
        const context = new ContractContext(makeHost, real, leavesOut);
        beforeEach(() => context.begin());
        afterEach(() => context.end());

        describeSessions(context);
        describeNamespaces(context);
        describeValues(context);
        describeLedger(context);
        describeSteps(context);
        describeCompilers(context);
        describeRegistrations(context);
        describeDefinitions(context);
        describeEventLog(context);
    });
}
