/** A run in the hands of a worker: the lease that guards its writes, and the calls of it of which nobody knows the outcome. Pure. */
import type { WorkerId } from "../contract/ids.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";

/** What a worker holds: every write of it is conditional on these. */
export type Lease = { readonly holder: WorkerId; readonly epoch: number };

/** Guard of every write of a holder. */
export const held = (lease: Lease) => ({ state: "RUNNING", holder: lease.holder, epoch: lease.epoch }) as const;

/** Books the open call as possible spend. A holder books a failed call on its own copy; its next write stores it. */
export const doubt = (head: RunHead) => ({
  inDoubt: head.inDoubt + 1,
  possibleMicroUsd: head.possibleMicroUsd + head.reservedMicroUsd,
});

/** Whether the budget covers the reserved call beside all that was spent and may have been spent. */
export const isAffordable = (head: RunHead): boolean =>
  head.spentMicroUsd + head.possibleMicroUsd + head.reservedMicroUsd <= head.budgetMicroUsd;

/** A run as its holder has it: with what it booked since, as the store gave it last, and the lease. */
export type HeldRun = { readonly head: RunHead; readonly stored: RunHead; readonly lease: Lease };

/**
 * Stores the doubts and failures that a holder booked on its own copy, before it calls again: whoever takes the run away books
 * only the one call that may be open then. A copy of the write that comes late finds more doubts, and takes none of them back.
 */
export const storeDoubts = ({ head, stored, lease }: HeldRun): HeadWrite => ({
  guard: { ...held(lease), turn: head.turn, inDoubt: stored.inDoubt },
  set: { ...bookedDoubts(head), failures: head.failures },
});

/** The doubts that a holder booked, as any write of it says them. */
export const bookedDoubts = (head: RunHead) => ({ inDoubt: head.inDoubt, possibleMicroUsd: head.possibleMicroUsd });
