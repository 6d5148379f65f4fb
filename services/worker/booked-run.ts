/** One run whose turns this worker books, and what its writes say of that. */
import type { Booking } from "../contract/costs.ts";
import type { WorkerId } from "../contract/ids.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";
import type { TurnDelta } from "../contract/turn.ts";
import { doneMark, insteadOf, owedMark, owedPossible } from "../core/books.ts";
import type { BookMoment } from "./hour-books.ts";

/** What this worker knows of a run while it holds it. */
export type BookedRun = {
  /** As the store gave it last. */
  head: RunHead;
  /** The turn that is being committed, since when. */
  open: { readonly booking: Booking; readonly delta: TurnDelta; readonly sinceMs: number } | undefined;
  /** Where the last turn of this claim was booked. */
  last: BookMoment | undefined;
  /** Whether a turn of this claim may be committed and was not booked here. */
  unsure: boolean;
  /** Possible spend that the next turn carries into the books. */
  readonly owedMicroUsd: number;
};

/** A run that was just claimed: nothing of it is booked here yet. */
export const bookedRun = (claimed: RunHead): BookedRun => ({
  head: claimed,
  open: undefined,
  last: undefined,
  unsure: false,
  get owedMicroUsd() {
    return owedPossible(this.head);
  },
});

/** Whether a holder's write commits a turn. */
export const isCommit = ({ guard, set }: HeadWrite): boolean => guard.turn !== undefined && set.turn === guard.turn + 1;

/** Possible spend that is in no book once the write has happened; `carried` goes into one with it. */
function stillOwed({ head }: BookedRun, { set }: HeadWrite, carried = 0): number {
  return (set.possibleMicroUsd ?? head.possibleMicroUsd) - (head.bookedPossibleMicroUsd ?? 0) - carried;
}

/** A commit, with the doubts that its turn carries. One that ends the run says where its last turn is booked. */
export function commitMarks(run: BookedRun, write: HeadWrite, owner: WorkerId): HeadWrite {
  const { head, open } = run;
  const carried = open?.delta.possibleMicroUsd ?? 0;
  const bookedPossibleMicroUsd = (head.bookedPossibleMicroUsd ?? 0) + carried;
  const marked = carried === 0 ? write : { ...write, set: { ...write.set, bookedPossibleMicroUsd } };
  const { endedAtMs } = write.set;
  if (endedAtMs === undefined) return marked;
  const owes = run.unsure || head.unbooked === 1 || open === undefined || stillOwed(run, write, carried) > 0;
  return insteadOf(marked, owes ? owedMark(head, endedAtMs) : doneMark(owner, endedAtMs));
}

/** A holder gives its run back or ends it without a turn. `isBooked`: the book that its last turn is in is stored. */
export function leaveMarks(run: BookedRun, write: HeadWrite, isBooked: boolean): HeadWrite {
  const { head } = run;
  const { endedAtMs } = write.set;
  const may = run.unsure || run.open !== undefined || !isBooked;
  if (endedAtMs === undefined) return may ? { ...write, set: { ...write.set, unbooked: 1 } } : write;
  const owes = may || head.unbooked === 1 || stillOwed(run, write) > 0;
  return owes ? insteadOf(write, owedMark(head, endedAtMs)) : write;
}
