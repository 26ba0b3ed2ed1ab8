import { printable, WmisecError } from "../core/errors";
import { BOOTSTRAP_STOP, BOOTSTRAP_STOP_WORDS } from "./protocol";

type StopWord = (typeof BOOTSTRAP_STOP_WORDS)[number];

const STOP = new RegExp(`${BOOTSTRAP_STOP}(${BOOTSTRAP_STOP_WORDS.join("|")})(?:[ \\t]+([^\\r\\n]*))?`);

const ARRIVED = "run again; if it happens again, something between pulumi and the host's PowerShell changes or drops standard input";

const STOPPED: Readonly<Record<StopWord, (detail: string) => WmisecError>> = {
    languageMode: (detail) =>
        new WmisecError(
            "languageMode",
            `PowerShell does not run in FullLanguage mode for this account${detail === "" ? "" : ` but in ${detail}`}`,
            {
                remedy: "an application control policy (App Control for Business or AppLocker) restricts PowerShell on this host: use an account or a policy that leaves it FullLanguage",
            },
        ),
    header: () => new WmisecError("protocol", "our agent's bootstrap did not get the line that it expects", { remedy: ARRIVED }),
    hash: () => new WmisecError("protocol", "our agent's text arrived changed, and was not run", { remedy: ARRIVED }),
    ended: () => new WmisecError("protocol", "our agent's text did not arrive whole", { remedy: ARRIVED }),
    waited: () =>
        new WmisecError("protocol", "our agent's text did not arrive whole: PowerShell waited a minute for more of it, and ended", {
            remedy: ARRIVED,
        }),
    error: (detail) =>
        new WmisecError("hostError", "our agent could not start in PowerShell", {
            said: detail,
            remedy: "see the host's event log Microsoft-Windows-PowerShell/Operational; antivirus software may have stopped the script",
        }),
};

/**
 * Why there was no handshake.
 * @param met what ended the wait: the session's end, our deadline, or bytes that are not an answer
 * @param printed the process's output meanwhile, unchanged
 */
export function startError(met: WmisecError, printed: string): WmisecError {
    const [, word, detail = ""] = STOP.exec(printed) ?? [];
    if (word !== undefined) return STOPPED[word as StopWord](printable(detail, 200));
    const said = [met.details.said ?? "", tail(printed)].filter((one) => one !== "").join("\n");
    if (met.code === "processEnded")
        return new WmisecError("execRefused", `PowerShell did not start our agent: ${met.summary}`, {
            said,
            remedy: "check that powershell.exe is on the PATH of this account on the host and that no policy blocks it",
            cause: met,
        });
    return met.with({ said });
}

/** The last output is the most useful. */
const tail = (printed: string): string => printable(printed.trim().slice(-1500));
