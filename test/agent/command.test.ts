import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AGENT_PARTS, agentCommand, agentText, bootstrapText, partText } from "../../provider/agent/command";
import { script } from "../../provider/agent/scriptText";

const golden = (name: string) => readFileSync(join(__dirname, "../golden/agent", name), "latin1").trimEnd();

/** Defenders allow-list these. Whoever changes a script changes them on purpose, and says so in the changelog. */
describe("what every host gets to see", () => {
    test("golden: the command line", () => {
        expect(agentCommand()).toBe(golden("command.txt"));
    });

    test("golden: the hash of the agent's text", () => {
        const { text, sha256, length } = agentText();
        expect(`${sha256} ${length}`).toBe(golden("agent.sha256.txt"));
        expect(createHash("sha256").update(Buffer.from(text, "latin1")).digest("hex").toUpperCase()).toBe(sha256);
        expect(Buffer.from(text, "latin1")).toHaveLength(length);
    });

    test("golden: the hash of each part that may follow, and the agent knows it", () => {
        const lines = AGENT_PARTS.map((part) => `${part} ${partText(part).sha256} ${partText(part).length}`);
        expect(lines.join("\n")).toBe(golden("parts.sha256.txt"));
        const [table] = agentText().text.split("\n");
        expect(table).toBe(
            `$WmisecParts = @{ ${AGENT_PARTS.map((part) => `${part} = '${partText(part).sha256.toLowerCase()}'`).join("; ")} }`,
        );
    });

    test("the command line decodes to the bootstrap as it is reviewed", () => {
        const encoded = agentCommand().split(" ").at(-1) ?? "";
        expect(Buffer.from(encoded, "base64").toString("utf16le")).toBe(bootstrapText());
    });

    test("the command line fits cmd.exe with room to spare, and means the same to cmd.exe and PowerShell", () => {
        // cmd.exe takes 8,191 characters, and a shell of its own may stand before it.
        expect(agentCommand().length).toBeLessThan(7500);
        expect(agentCommand()).toMatch(/^powershell\.exe( -[A-Za-z]+| Text)+ [A-Za-z0-9+/=]+$/);
    });

    test("a defender finds the product's name in the bootstrap's first line", () => {
        expect(script("bootstrap.ps1")).toMatch(/^# pulumi-wmisec agent bootstrap/);
    });
});
