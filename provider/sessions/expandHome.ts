import { join } from "node:path";

/** Replaces `~/` and `~\` by the home folder; every other path stays as it is. */
export const expandHome = (path: string, home: string): string => (/^~[/\\]/.test(path) ? join(home, path.slice(2)) : path);
