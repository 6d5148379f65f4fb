/** Times, sizes and counts of the books and the reports of costs; part of `limits`. */
import { assertLimit } from "./assert-limit.ts";
import { DAY, HOUR, MINUTE, SECOND } from "./units.ts";

/** Spread into `limits`, which is where they are used by name. */
export const costBounds = {
  /** Costs: how often a worker writes what it booked; the span of time in which ended runs are listed together, and the shards of
   * those whose books are to be completed; how often the controller looks, for how long it looks for what a dead worker left, and
   * when an hour that is over is closed. */
  bookEveryMs: 5 * SECOND,
  doneSpanMs: MINUTE,
  owedShards: 4,
  ledgerEveryMs: 10 * SECOND,
  bookSettleMs: 2 * MINUTE,
  closeHourAfterMs: 5 * MINUTE,
  /** A dead worker's last page is so old at most; hours that one pass looks at, audits at once, tries of a change. */
  bookGapMaxMs: 6 * HOUR,
  ledgerHoursMax: 48,
  auditsAtOnce: 25,
  ledgerTries: 5,
  /** How long books are kept (a run's turns may be looked for until the run is gone), sheets of hours, and sheets of days. */
  keepBooksMs: 40 * DAY,
  keepHoursMs: 40 * DAY,
  keepDaysMs: 400 * DAY,
  /** Days of one question about costs, and rows of one answer. */
  costDaysMax: 92,
  costRowsMax: 1_000,
  /** A spike (SPEC.md): the hour's spend over the learned one by this part; hours learned before one is known, the most that the mean
   * counts, most that one hour counts in it, and what no alarm is raised for. */
  spikeShare: 0.2,
  spikeLeastHours: 2,
  spikeMeanHours: 4,
  spikeCapTimes: 3,
  spikeLeastMicroUsd: 1_000_000,
} as const;

assertLimit(
  costBounds.bookEveryMs < costBounds.bookSettleMs,
  "what a dead worker left is looked for longer than a page takes",
);
