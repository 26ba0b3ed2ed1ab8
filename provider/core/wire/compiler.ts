import { z } from "zod";

/**
 * What compiles MOF on the host. `mofcomp`: mofcomp.exe. `api`: the documented COM interface IMofCompiler in the agent's own process, for
 * hosts that block mofcomp.exe; it needs a C# compiler on the host (Add-Type).
 */
export const compiler = z.enum(["mofcomp", "api"]);
export type Compiler = z.infer<typeof compiler>;
export const DEFAULT_COMPILER: Compiler = "mofcomp";
