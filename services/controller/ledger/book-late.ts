/** Books what an owner did not: each entry once, whoever tries it how often. */
import { limits } from "../../contract/limits.ts";
import { type CostCell, mergeCells, storeCell } from "../../core/cost-cells.ts";
import type { LedgerStore } from "../../ports/ledger-store.ts";
import { makeSheets } from "./sheets.ts";

/** A booking with the key that keeps it from being made twice, in the hour that it belongs to. */
export type LateEntry = { readonly key: string; readonly hour: number; readonly cell: CostCell };

/** Gives how many were new. */
async function bookHour(ledger: LedgerStore, hour: number, entries: readonly LateEntry[]): Promise<number> {
  for (let i = 0; i < limits.ledgerTries; i++) {
    const { version, value } = await ledger.late(hour);
    const known = new Set(value.keys);
    const fresh = entries.filter(({ key }) => !known.has(key));
    if (fresh.length === 0) return 0;
    const page = {
      keys: [...value.keys, ...fresh.map(({ key }) => key)],
      cells: mergeCells([value.cells, fresh.map(({ cell }) => storeCell(cell))]).map(storeCell),
    };
    if (await ledger.changeLate(hour, version, page)) return fresh.length;
  }
  throw new Error(`the late bookings of hour ${hour} change all the time`);
}

/** Books all, and makes the sheets of closed hours again, also when a try before did the first and not the second. */
export async function bookLate(ledger: LedgerStore, entries: readonly LateEntry[]): Promise<number> {
  let booked = 0;
  for (const [hour, own] of Map.groupBy(entries, (entry) => entry.hour)) {
    booked += await bookHour(ledger, hour, own);
    const closedThrough = (await ledger.state())?.value.closedThrough ?? -1;
    if (hour <= closedThrough) await makeSheets(ledger, hour, closedThrough);
  }
  return booked;
}
