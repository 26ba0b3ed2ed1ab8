import { join } from "node:path";

/** `~/x` and `~\x` lie in the home folder; every other path is left alone. */
export const expandHome = (path: string, home: string): string => (/^~[/\\]/.test(path) ? join(home, path.slice(2)) : path);
