import type { WinrmMessage } from "../../provider/simulator";
import { everywhere } from "./cells";
import { RESOURCES } from "./policies";
import { on, type Row } from "./row";

/** Milliseconds: nobody waits for it. */
const TOO_LATE = 3_600_000;

/**
 * No answer to a message comes in time. A shell whose name never came is nobody's to delete: it goes by its idle time.
 * @param sessions with which a resource meets it before it gives up. The fault is on for so many messages only: one that were sent again would
 *     use up those of the next resource, which would then be fine.
 */
const unanswered = (message: WinrmMessage, how: "is lost" | "is too late", sessions: number): Row => {
    const times = sessions * RESOURCES.length;
    return {
        name: `a ${message} ${how}`,
        light:
            how === "is lost" ? on("messageLost", { message, when: "before" }, times) : on("messageLate", { message, ms: TOO_LATE }, times),
        hangs: message,
        cells: everywhere("timeout"),
        says: new RegExp(`no answer to ${message} within 2 s[\\s\\S]*overloaded`),
        shells: message === "create" && how === "is too late" ? times : 0,
    };
};

/** Messages of WinRM whose answers come late, too late, or never. */
export const UNANSWERED_ROWS: readonly Row[] = [
    ...(["create", "command", "send", "receive"] as const).map(
        (message): Row => ({
            name: `a ${message} is late`,
            light: on("messageLate", { message, ms: 50 }),
            cells: everywhere("fine"),
            says: /./,
        }),
    ),
    ...(["create", "command"] as const).flatMap((message) => [unanswered(message, "is lost", 1), unanswered(message, "is too late", 1)]),
    // The agent is silent then, which may be as its input has not ended: another session ends it at once.
    ...(["send", "receive"] as const).map((message) => unanswered(message, "is lost", 2)),
    unanswered("send", "is too late", 1),
];
