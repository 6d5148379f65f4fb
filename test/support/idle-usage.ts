/** What one shift of an idle controller uses: measured by `test/integration/idle-shift.test.ts`, billed by `test/infra/bill.test.ts`. */

/** Units of the table and requests to queues, of one shift. */
export type ShiftUsage = { readonly tableReads: number; readonly tableWrites: number; readonly queueRequests: number };

/** At most so much. A change that makes a shift dearer is seen by the test, and on the bill. */
export const idleShiftAtMost: ShiftUsage = { tableReads: 150, tableWrites: 6, queueRequests: 15 };
