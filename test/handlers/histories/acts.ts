import type { RegistryValue } from "../../../provider/core/registry";
import type { InstanceReading } from "../../../provider/model/namespaceTree";

/** What happens in a history. */

export const HOSTS = ["h0", "h1", "h2"] as const;
export const PATHS = ["root/contoso", "root/contoso/billing"] as const;
export type Flag = boolean | null;

export interface Start {
    readonly reading: InstanceReading;
    readonly flags: readonly [Flag, Flag];
    readonly value: RegistryValue;
}

/** How a run ends before its time: killed, or the connection is lost, at an apply, after some of its steps. */
export interface Fault {
    readonly how: "killed" | "lost";
    readonly apply: number;
    readonly steps: number;
}

export interface Wish {
    readonly host: number;
    readonly flags: readonly [boolean | undefined, boolean | undefined];
    readonly autorecover: boolean;
}

export type Act =
    | {
          readonly do: "up";
          readonly stack: number;
          /** What the program declares from now on; undefined: what it declared before. */
          readonly wish: Wish | undefined;
          readonly refresh: boolean;
          readonly replace: boolean;
          readonly fault: Fault | undefined;
      }
    | { readonly do: "destroy"; readonly stack: number; readonly refresh: boolean; readonly fault: Fault | undefined }
    | { readonly do: "refresh" | "loseState" | "importOld" | "takeOut"; readonly stack: number }
    | { readonly do: "restart"; readonly host: number }
    | { readonly do: "byHand"; readonly host: number; readonly path: number; readonly flag: Flag; readonly restart: boolean };
