import { isFleet } from "../../resources";
import { FleetLoan } from "./fleetLoan";
import { HostLoan, type Loan } from "./hostLoan";
import type { Lender } from "./lender";

/**
 * For one operation on a resource.
 * @param name of the resource, such as `WmiNamespaceSecurity`
 */
export const loanFor = (name: string, lender: Lender): Loan => (isFleet(name) ? new FleetLoan(lender) : new HostLoan(lender));
