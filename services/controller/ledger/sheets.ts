/** Makes the sheets of an hour, and of its day once that is over, from books that nobody changes any more. */
import { limits } from "../../contract/limits.ts";
import { dayOf, hoursOf } from "../../core/books.ts";
import { type CostCell, mergeCells, storeCell } from "../../core/cost-cells.ts";
import type { LedgerStore } from "../../ports/ledger-store.ts";

const isOver = (day: string, closedThrough: number): boolean => (hoursOf(day).at(-1) ?? 0) <= closedThrough;

async function makeOnce(ledger: LedgerStore, hour: number, closedThrough: number): Promise<CostCell[]> {
  const { books, late } = await ledger.hour(hour);
  const cells = mergeCells([...books.map((book) => book.cells), late]);
  const day = dayOf(hour);
  if (cells.length > 0) await ledger.putHourSheet(hour, cells.map(storeCell));
  if (!isOver(day, closedThrough)) return cells;
  const { hours } = await ledger.sheets(day);
  if (hours.size > 0) await ledger.putDaySheet(day, mergeCells(hours.values()).map(storeCell));
  return cells;
}

/**
 * Gives the cells of the hour. Whoever books late while the sheet is made, makes it again or is seen here: the later of both has
 * all. Throws when it changes all the time.
 */
export async function makeSheets(ledger: LedgerStore, hour: number, closedThrough: number): Promise<CostCell[]> {
  for (let i = 0; i < limits.ledgerTries; i++) {
    const { version } = await ledger.late(hour);
    const cells = await makeOnce(ledger, hour, closedThrough);
    if ((await ledger.late(hour)).version === version) return cells;
  }
  throw new Error(`the late bookings of hour ${hour} change all the time`);
}
