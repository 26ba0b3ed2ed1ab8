import type { ErrorCode } from "../../provider/core/errors";
import type { HostResourceName } from "../../provider/resources";

export const OPERATIONS = ["create", "read", "update", "delete"] as const;
export type Operation = (typeof OPERATIONS)[number];

/** What is to come of one operation on one resource. `fine`: as without the fault. `status:...`: a read that says so. */
export type Outcome = ErrorCode | "fine" | `status:${string}` | "hostError or mofRejected" | "fine or timeout";

export type Outcomes = Readonly<Record<Operation, Outcome>>;

/** What is to come of a fault. It says so of every resource, or it does not compile. */
export type Cells = Readonly<Record<HostResourceName, Outcomes>>;

export const always = (outcome: Outcome): Outcomes => ({ create: outcome, read: outcome, update: outcome, delete: outcome });

/** A look is not kept from anything. */
export const writing = (outcome: Outcome): Outcomes => ({ ...always(outcome), read: "fine" });

export const FINE = always("fine");

const everyResource = (outcomes: Outcomes): Cells => ({ WmiNamespaceSecurity: outcomes, UnsecAppPolicy: outcomes });

/** Nobody gets to the host, or nobody is kept from anything. */
export const everywhere = (outcome: Outcome): Cells => everyResource(always(outcome));

/** Every write fails, looks do not. */
export const writes = (outcome: Outcome): Cells => everyResource(writing(outcome));

/** Nobody but the namespaces' resource has to do with it. */
export const namespacesOnly = (outcomes: Outcomes): Cells => ({ WmiNamespaceSecurity: outcomes, UnsecAppPolicy: FINE });
