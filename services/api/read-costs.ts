/** Reads the books: sheets where they are closed, else what each owner wrote. Closing them meanwhile changes no sum. */
import type { StoredCell } from "../contract/costs.ts";
import { limits } from "../contract/limits.ts";
import { dayOf, hourOf, hoursOf } from "../core/books.ts";
import { type CostCell, mergeCells } from "../core/cost-cells.ts";
import type { LedgerStore } from "../ports/ledger-store.ts";
import { inParallel } from "./in-parallel.ts";

/** Cells by day, and of the present hour and the one before. */
export type CostsRead = {
  readonly days: readonly { readonly day: string; readonly cells: readonly CostCell[] }[];
  readonly hour: readonly CostCell[];
  readonly hourBefore: readonly CostCell[];
};

/** Every day from the first to the last, both included. */
export function daysFrom(first: string, last: string): string[] {
  const days: string[] = [];
  for (let ms = Date.parse(first); ms <= Date.parse(last); ms += 24 * 3_600_000)
    days.push(new Date(ms).toISOString().slice(0, 10));
  return days;
}

type Reader = { readonly ledger: LedgerStore; readonly nowMs: number; readonly closedThrough: number };

async function openHour({ ledger }: Reader, hour: number): Promise<readonly StoredCell[][]> {
  const { books, late } = await ledger.hour(hour);
  return [...books.map(({ cells }) => cells), [...late]];
}

async function readDay(reader: Reader, day: string): Promise<readonly (readonly StoredCell[])[]> {
  const { ledger, nowMs, closedThrough } = reader;
  const sheets = await ledger.sheets(day);
  if (sheets.day !== undefined) return [sheets.day];
  // A clock of another machine may be a little ahead.
  const open = hoursOf(day).filter((hour) => hour > closedThrough && hour <= hourOf(nowMs) + 1);
  const books = await inParallel(open, (hour) => openHour(reader, hour));
  // A sheet of an hour that was open a moment ago is made of the books that were just read.
  const closed = [...sheets.hours].filter(([hour]) => hour <= closedThrough).map(([, cells]) => cells);
  return [...closed, ...books.flat()];
}

async function readHour(reader: Reader, hour: number): Promise<readonly (readonly StoredCell[])[]> {
  if (hour > reader.closedThrough) return openHour(reader, hour);
  return [(await reader.ledger.sheets(dayOf(hour))).hours.get(hour) ?? []];
}

/** Costs of the days, of one tenant or of all. Before anything was closed only the last days are open. */
export async function readCosts(
  ledger: LedgerStore,
  {
    days,
    nowMs,
    tenant,
  }: { readonly days: readonly string[]; readonly nowMs: number; readonly tenant?: string | undefined },
): Promise<CostsRead> {
  const closedThrough = (await ledger.state())?.value.closedThrough ?? hourOf(nowMs) - limits.ledgerHoursMax;
  const reader = { ledger, nowMs, closedThrough };
  const mine = (pages: readonly (readonly StoredCell[])[]): CostCell[] =>
    mergeCells(pages).filter((cell) => tenant === undefined || cell.tenant === tenant);
  const hour = hourOf(nowMs);
  return {
    days: await inParallel(days, async (day) => ({ day, cells: mine(await readDay(reader, day)) })),
    hour: mine(await readHour(reader, hour)),
    hourBefore: mine(await readHour(reader, hour - 1)),
  };
}
