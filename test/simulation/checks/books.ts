/** The books say what the runs say: to the micro-dollar, for each tenant, once everything has come to rest. */

import { hourOf } from "../../../services/core/books.ts";
import { cellOf } from "../../../services/core/cost-cells.ts";
import type { LedgerStore } from "../../../services/ports/ledger-store.ts";
import type { RunFiles } from "../world/run-file.ts";

type Sums = Map<string, { spent: number; possible: number; calls: number }>;

function add(sums: Sums, tenant: string, spent: number, possible: number, calls: number): void {
  const there = sums.get(tenant) ?? { spent: 0, possible: 0, calls: 0 };
  sums.set(tenant, { spent: there.spent + spent, possible: there.possible + possible, calls: there.calls + calls });
}

async function booked(ledger: LedgerStore, fromMs: number, toMs: number): Promise<Sums> {
  const sums: Sums = new Map();
  // A clock that runs ahead or behind books in the hour that it believes in.
  for (let hour = hourOf(fromMs) - 1; hour <= hourOf(toMs) + 1; hour++) {
    const { books, late } = await ledger.hour(hour);
    for (const stored of [...books.flatMap(({ cells }) => cells), ...late]) {
      const { tenant, spentMicroUsd, possibleMicroUsd, calls } = cellOf(stored);
      add(sums, tenant, spentMicroUsd, possibleMicroUsd, calls);
    }
  }
  return sums;
}

function committed(files: RunFiles): Sums {
  const sums: Sums = new Map();
  for (const { head, remembered } of files.all())
    if (head !== undefined && (head.turn > 1 || head.possibleMicroUsd > 0))
      add(sums, head.tenant, head.spentMicroUsd, head.possibleMicroUsd, head.turn - 1 - remembered);
  return sums;
}

const text = (sums: Sums): string =>
  [...sums]
    .toSorted(([a], [b]) => a.localeCompare(b))
    .map(([tenant, { spent, possible, calls }]) => `${tenant}: ${calls} turns ${spent} + ${possible}`)
    .join(", ");

/** Undefined when they agree; else what each of the two says. */
export async function booksDiffer(
  ledger: LedgerStore,
  files: RunFiles,
  time: { readonly fromMs: number; readonly toMs: number },
): Promise<string | undefined> {
  const [inBooks, onHeads] = [text(await booked(ledger, time.fromMs, time.toMs)), text(committed(files))];
  return inBooks === onHeads ? undefined : `the books say ${inBooks}; the runs say ${onHeads}`;
}
