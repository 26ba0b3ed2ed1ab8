import { AsyncLocalStorage } from "node:async_hooks";

const URNS = new AsyncLocalStorage<string>();

/** Work on a resource: its log lines stand under that resource. */
export const workAbout = <T>(urn: string, work: () => Promise<T>): Promise<T> => URNS.run(urn, work);

/** The resource that the current work is about. */
export const urnInQuestion = (): string | undefined => URNS.getStore();
