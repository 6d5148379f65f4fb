/**
 * Keeps the books closed: completes those of the dead, closes hours that are over, learns what an hour costs, and tells of a spike.
 * Two at once are safe: late bookings have keys, sheets are made of what nobody changes, the state is changed by version.
 */
import type { Book, LedgerState } from "../../contract/costs.ts";
import { limits } from "../../contract/limits.ts";
import { hourOf, hourStartMs } from "../../core/books.ts";
import { mergeCells, totalOf } from "../../core/cost-cells.ts";
import { judgeSpike, learnHour } from "../../core/cost-spike.ts";
import type { HourBooks, Versioned } from "../../ports/ledger-store.ts";
import { Apart } from "../apart.ts";
import { Auditor } from "./audit.ts";
import { type Audited, completeDead, sealDead } from "./dead-books.ts";
import type { Keeping } from "./keeping.ts";
import { completeOwed } from "./owed-runs.ts";
import { makeSheets } from "./sheets.ts";

/** What one controller remembers between passes. */
export type LedgerMemory = { readonly audited: Audited };

type OpenHour = HourBooks & { readonly hour: number };

/** Hours before the first pass that may have books already. */
const HOURS_BEFORE = 2;

/** The state; made when there is none yet. */
async function stateOf({ ledger, clock }: Keeping): Promise<Versioned<LedgerState> | undefined> {
  const there = await ledger.state();
  if (there !== undefined) return there;
  await ledger.changeState(0, { closedThrough: hourOf(clock.nowMs()) - HOURS_BEFORE, learned: {} });
  return ledger.state();
}

/** Hours before the first of these books, which may have been made after the hours were read. */
const hoursBefore = (hours: readonly OpenHour[], sealed: readonly Book[]): OpenHour[] =>
  hours.filter(({ hour }) => sealed.every((book) => hour < book.hour));

/** An hour is closed when it is over for a while and all of its books are final. */
const isClosable = ({ hour, books }: OpenHour, nowMs: number): boolean =>
  nowMs >= hourStartMs(hour + 1) + limits.closeHourAfterMs && books.every((book) => book.state === "COMPLETE");

/**
 * Closes hours in their order. Undefined: another controller is at it. Runs that are owed are not waited for: what is booked late goes
 * into the sheets of closed hours too, whereas nobody looks into the books of one again.
 */
async function closeHours(
  { ledger, clock }: Keeping,
  state: Versioned<LedgerState>,
  hours: readonly OpenHour[],
): Promise<Versioned<LedgerState> | undefined> {
  let { version, value } = state;
  for (const open of hours) {
    if (!isClosable(open, clock.nowMs())) break;
    const cells = await makeSheets(ledger, open.hour, open.hour);
    const spent = open.books.length === 0 ? undefined : totalOf(cells).spentMicroUsd;
    value = { ...value, closedThrough: open.hour, learned: learnHour(value.learned, open.hour, spent) };
    if (!(await ledger.changeState(version, value))) return undefined;
    version++;
    // What was booked late between the two, and a book of the hour before that came from a clock behind, are in sheets made now.
    await makeSheets(ledger, open.hour, open.hour);
    await makeSheets(ledger, open.hour - 1, open.hour);
  }
  return { version, value };
}

async function tellSpike({ ledger, events }: Keeping, state: Versioned<LedgerState>, present: OpenHour): Promise<void> {
  const { books, late, hour } = present;
  if (state.value.alarmedHour === hour) return;
  const { spentMicroUsd } = totalOf(mergeCells([...books.map((book) => book.cells), late]));
  const verdict = judgeSpike(state.value.learned, hour, spentMicroUsd);
  if (verdict.kind !== "spike") return;
  // Told by the one who says so first.
  if (!(await ledger.changeState(state.version, { ...state.value, alarmedHour: hour }))) return;
  const { usualMicroUsd } = verdict;
  events.emit("cost.spike", { hour: new Date(hourStartMs(hour)).toISOString(), spentMicroUsd, usualMicroUsd });
}

/**
 * One pass. What fails keeps nothing else from being done, and comes in the next pass; then it throws. No hour is closed before
 * all that died are known to have a book: one that had written none would never get it.
 */
export async function ledgerPass(keeping: Keeping, { audited }: LedgerMemory): Promise<void> {
  const { ledger, clock, events } = keeping;
  const state = await stateOf(keeping);
  if (state === undefined) return;
  const { closedThrough } = state.value;
  const first = closedThrough + 1;
  const presentHour = hourOf(clock.nowMs());
  const count = Math.min(limits.ledgerHoursMax, presentHour - closedThrough);
  const hours: OpenHour[] = [];
  for (let hour = first; hour < first + count; hour++) hours.push({ hour, ...(await ledger.hour(hour)) });
  const books: Book[] = hours.flatMap((one) => [...one.books]);
  const apart = new Apart();
  const auditor = new Auditor(keeping);
  const sealed = await apart.part(() => sealDead(keeping, { books, closedThrough }));
  const dead = await completeDead({ keeping, auditor, audited }, sealed ?? [], apart);
  const owed = await completeOwed(keeping, auditor, apart);
  if (dead + owed > 0) events.emit("books.completed", { bookings: dead + owed });
  const ready = sealed === undefined ? [] : hoursBefore(hours, sealed);
  const closed = await apart.part(() => closeHours(keeping, state, ready));
  await apart.part(async () => {
    const known = closed ?? (await ledger.state());
    if (known === undefined || presentHour <= known.value.closedThrough) return;
    // More hours than one pass reads may be open: the present one is the one that counts here.
    const present = hours.find(({ hour }) => hour === presentHour) ?? {
      hour: presentHour,
      ...(await ledger.hour(presentHour)),
    };
    await tellSpike(keeping, known, present);
  });
  apart.end();
}
