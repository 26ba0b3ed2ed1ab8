import { Cell } from "./cell";
import { OPERATIONS } from "./cells";
import { RESOURCES } from "./policies";
import { WINRM_ROWS } from "./winrmRows";

/**
 * The faults of the way by WinRM, of its messages and of its service through create, read, update and delete: what the error says, and
 * what the host has afterwards. What fails before an operation is begun is the same for each, so that such a row meets one of them, by turns.
 */

let cells = 0;
afterAll(() => {
    process.stdout.write(`fault table over WinRM: ${WINRM_ROWS.length} faults, ${cells} cells\n`);
});

describe.each(WINRM_ROWS.map((row, index) => [row.name, row, index] as const))("%s", (_name, row, index) => {
    const isOneForAll = RESOURCES.every((name) => row.cells[name].read === row.cells[name].create);
    test.concurrent.each(isOneForAll ? [OPERATIONS[index % OPERATIONS.length] ?? "create"] : OPERATIONS)("%s", async (operation) => {
        await Cell.run(row, operation, "winrm");
        cells += RESOURCES.length;
    });
});
