/** Times, sizes and counts of what saves money: remembered answers, batches, shortened results, shared prefixes; part of `limits`. */
import { assertLimit } from "./assert-limit.ts";
import { DAY, KIB, MINUTE, SECOND } from "./units.ts";

/** Spread into `limits`, which is where they are used by name. */
export const savingBounds = {
  /** Remembered answers: how long the others believe that one calls for all unless it says so again; how often it does, and how
   * often they look; when they call by themselves; how long nobody waits where an answer could not be kept; the longest time
   * that one is kept, and up to which size in the item. */
  memoLeaseMs: 20 * SECOND,
  memoRenewMs: 5 * SECOND,
  memoLookMs: 500,
  memoWaitMs: 2 * MINUTE,
  memoUnkeptMs: MINUTE,
  memoTtlMaxMs: 30 * DAY,
  memoInlineBytes: 32 * KIB,

  /** Batches: how long turns are collected, and at most how many and how large they are together; how long after the intent one may
   * be sent, and how long a call may take. Looks at a batch: the first, the longest wait between two, and how long what one said is
   * believed; batches whose results are kept; batches made in the time that a list is about, of a page of it, and pages (all newer
   * batches come before). How long a call may take with all that it reads. A flight in doubt is judged after `batchDoubtMs`, with a
   * slack for clocks that differ. */
  batchCollectMs: 5 * SECOND,
  batchItemsMax: 500,
  batchBytesMax: 16 * KIB * KIB,
  batchSendMs: 20 * SECOND,
  batchCallMs: 30 * SECOND,
  batchPollMs: MINUTE,
  batchPollMaxMs: 15 * MINUTE,
  batchSeenMs: 10 * SECOND,
  batchSeenMax: 100,
  batchResultsKept: 4,
  batchListMax: 1_000,
  batchListPage: 1_000,
  batchListPages: 50,
  batchWholeMs: 90 * SECOND,
  batchDoubtMs: 3 * MINUTE,
  batchSlackMs: MINUTE,

  /** A tool result above this is stored and shortened to that. */
  wholeResultBytes: 16 * KIB,
  shownResultBytes: 8 * KIB,
  /** Calls that begin alike: how long one waits for the first byte of the call that went ahead; prefixes that a worker remembers. */
  firstByteWaitMs: 10 * SECOND,
  prefixesMax: 1_000,
} as const;

assertLimit(
  savingBounds.batchSendMs + savingBounds.batchCallMs + savingBounds.batchSlackMs < savingBounds.batchDoubtMs,
  "a flight is judged when its sender has ended",
);
assertLimit(
  savingBounds.batchSendMs + savingBounds.batchWholeMs < savingBounds.batchDoubtMs,
  "a sender has given up when its flight is judged",
);
assertLimit(savingBounds.memoRenewMs * 3 < savingBounds.memoLeaseMs, "two lost renewals free no memo");
