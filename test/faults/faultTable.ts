import { Cell } from "./cell";
import { OPERATIONS } from "./cells";
import { RESOURCES } from "./policies";
import type { Row } from "./row";

/**
 * Tests that take every fault of the rows through create, read, update, delete and preview: real handlers, agents and SSH, over a
 * simulated host. The engine itself is in test/engine.
 */
export function faultTable(rows: readonly Row[]): void {
    let cells = 0;
    afterAll(() => {
        process.stdout.write(
            `fault table: ${rows.length} faults, ${cells} cells (create, read, update, delete, and a preview before each)\n`,
        );
    });

    describe.each(rows.map((row) => [row.name, row] as const))("%s", (_name, row) => {
        test.concurrent.each(OPERATIONS)("%s", async (operation) => {
            await Cell.run(row, operation, "ssh");
            cells += RESOURCES.length;
        });
    });
}
