/** How the books are kept right: what a page holds, what a run must say of its bookings when it changes hands. Pure. */
import type { Book, BookPage } from "../contract/costs.ts";
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";
import { doneHolder, owedHolder } from "../contract/tables.ts";
import { HOUR } from "../contract/units.ts";

/** The hour of a time, and the first millisecond of an hour. */
export const hourOf = (ms: number): number => Math.floor(ms / HOUR);
export const hourStartMs = (hour: number): number => hour * HOUR;
/** The UTC day of an hour, such as `2026-11-21`, and the hours of a day. */
export const dayOf = (hour: number): string => new Date(hourStartMs(hour)).toISOString().slice(0, 10);
export const hoursOf = (day: string): readonly number[] =>
  Array.from({ length: 24 }, (_, i) => hourOf(Date.parse(day)) + i);

/** Whether a booking is in a page, will be, or never will be by its owner. */
export function findBooking(page: BookPage, seq: number): "in" | "open" | "left" | "unwritten" {
  if (page.left.includes(seq)) return "left";
  if (page.open.includes(seq)) return "open";
  return seq <= page.top ? "in" : "unwritten";
}

/** Whether others must book it: its owner's page is final and does not hold it. `wait`: its owner may still write it. */
export function judgeBooking(book: Book, seq: number): "in" | "missing" | "wait" {
  const found = findBooking(book, seq);
  if (found === "in") return "in";
  return found === "left" || book.state !== "OPEN" ? "missing" : "wait";
}

/** Possible spend of a run that is not in the books yet: calls in doubt are booked with the next turn, or at the end. */
export const owedPossible = (head: RunHead): number => head.possibleMicroUsd - (head.bookedPossibleMicroUsd ?? 0);

/** A part of a run's possible spend, and the hour in which it is booked late. */
type LatePossible = { readonly hour: number; readonly fromMicroUsd: number; readonly toMicroUsd: number };

/** What an ended run owes, said on its head before it is booked: whoever tries again books the same in the same hour. */
export function latePossibleMark(head: RunHead, endedAtMs: number) {
  const { bookedPossibleMicroUsd: from = 0, possibleMicroUsd: to } = head;
  return { bookedPossibleMicroUsd: to, latePossible: `${hourOf(endedAtMs)} ${from} ${to}` } as const;
}

/** Reads what `latePossibleMark` wrote; undefined when nothing is being booked. */
export function latePossibleOf({ latePossible }: RunHead): LatePossible | undefined {
  if (latePossible === undefined) return undefined;
  const [hour = 0, fromMicroUsd = 0, toMicroUsd = 0] = latePossible.split(" ").map(Number);
  return { hour, fromMicroUsd, toMicroUsd };
}

/**
 * What a head says of a turn whose commit has no answer. `committed`: it happened, for nobody else commits under that epoch. `left`:
 * it did not, or somebody moved the run since and marked it, so that its books are looked at. `open`: it may still happen.
 */
export function fateOfTurn(turn: { readonly epoch: number; readonly turn: number }, head: RunHead | undefined) {
  if (head === undefined || head.epoch > turn.epoch) return "left";
  if (head.epoch === turn.epoch && head.turn > turn.turn) return "committed";
  return head.epoch === turn.epoch && head.state !== "RUNNING" ? "left" : "open";
}

/** What an ended run says instead of a holder. `done`: its last turn is booked by its worker; `owed`: look at its books. */
export const doneMark = (owner: WorkerId, endedAtMs: number) =>
  ({ holder: doneHolder(owner, Math.floor(endedAtMs / limits.doneSpanMs)), dueAtMs: endedAtMs }) as const;
export const owedMark = (head: Pick<RunHead, "runId">, endedAtMs: number) =>
  ({ holder: owedHolder(head.runId), dueAtMs: endedAtMs }) as const;

/** Whether a run that ends without a commit of its holder has books to complete: turns or doubts that may be in none. */
export const owesBooks = (head: RunHead): boolean =>
  head.unbooked === 1 ||
  owedPossible(head) > 0 ||
  head.flight !== undefined ||
  (head.state === "RUNNING" && (head.turn > 1 || head.reservedMicroUsd > 0));

/** A write that takes away what these fields then have gives them instead. */
export const insteadOf = (
  write: HeadWrite,
  mark: { readonly holder: string; readonly dueAtMs: number },
): HeadWrite => ({
  ...write,
  set: { ...write.set, ...mark },
  remove: (write.remove ?? []).filter((field) => field !== "holder" && field !== "dueAtMs"),
});

/**
 * A move by somebody who does not hold the run, with what it must say of the books: a run that may have turns in no book is marked
 * when it is queued again, and listed when it ends. Runs that never called need neither.
 */
export function movedFromOutside(head: RunHead, write: HeadWrite): HeadWrite {
  const { state, endedAtMs } = write.set;
  if (state === "QUEUED") {
    // The mark of an ended run goes with its holder; the mark of a running one says that its holder may not have booked all.
    const may = head.state === "RUNNING" ? head.turn > 1 : head.holder !== undefined;
    return may ? { ...write, set: { ...write.set, unbooked: 1 } } : write;
  }
  if (endedAtMs === undefined || !owesBooks(head)) return write;
  return insteadOf(write, owedMark(head, endedAtMs));
}
