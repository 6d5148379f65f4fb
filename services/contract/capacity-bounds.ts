/** Times, sizes and counts of scaling; part of `limits`. What a user may tune is in `capacity-policy.ts`. */
import { MINUTE, SECOND } from "./units.ts";

/** Spread into `limits`, which is where they are used by name. */
export const capacityBounds = {
  /** How often capacity is decided; a kick decides at once, but no sooner after the last decision than this. */
  decideEveryMs: 10 * SECOND,
  kickLeastMs: 2 * SECOND,
  /** A measurement that is older is unknown. */
  signalOldMs: 6 * MINUTE,
  /** Machines that were asked for all this time and are not there do not come: the pool's breaker opens. */
  launchUnfilledMs: 15 * SECOND,
  /** They are still coming when the pace of that time brings the rest within so many times as long. */
  launchPaceTimes: 4,
  /** A machine without a worker after so many of its pool's boot times is no capacity any more; after so long it has failed. */
  bootLateTimes: 3,
  bootFailedMs: 10 * MINUTE,
  /** How long what was coming to a pool when it was last seen is still counted on while it is not: then others stand in for it. */
  unseenTrustMs: MINUTE,
  /** An answer of a pool that is older says nothing of now. */
  poolAnswerOldMs: 2 * MINUTE,
  /** Late machines of one pool, without one that came up, that open its breaker. */
  bootsLateMax: 3,
  /** Breaker of a pool: first wait for a probe, doubled by each that fails up to the longest; the wait after a refusal by
   * quota; how long a probe may take; machines that it asks for. */
  poolProbeMs: MINUTE,
  poolProbeMaxMs: 5 * MINUTE,
  poolQuotaMs: 10 * MINUTE,
  poolProbeForMs: 30 * SECOND,
  poolProbeMachines: 1,
  /** Scale-in happens at most so often; see the policy for how much. */
  scaleInEveryMs: MINUTE,
  /** Time in which changes of demand are averaged, to see how fast free slots are used up. */
  trendMs: MINUTE,
  /** Most that a trend adds, as a part of the demand. */
  trendPart: 0.5,
  /** A step is taken again after so long at the soonest (CloudWatch looks once a minute). */
  stepEveryMs: MINUTE,
  /** How much of a budget's remaining time capacity is launched for. */
  budgetFeedMs: 10 * MINUTE,
  /** Learned week: length of a bucket, weeks of the running mean, and what one week may count at most against it. */
  profileBucketMs: 15 * MINUTE,
  profileWeeks: 4,
  profileCapTimes: 3,
  /** Minutes without a measurement after which the need before them is forgotten. */
  windowGapMinutes: 2,
  /** Most machines that are told to leave and remembered, reasons of one decision, levels that are remembered of one pool. */
  leavingMax: 2_000,
  /** Machines of one pool whose first sight is remembered, where the pool does not say when they were launched. */
  firstSeenMax: 1_000,
  reasonsMax: 100,
  levelsMax: 20,
  /** Longest window of the need that scale-in looks back on, in minutes. */
  windowMinutesMax: 60,
  /** Scaling events: how many a page shows, and how long they are kept. */
  scalingEventsMax: 100,
  scalingEventsKeepMs: 30 * 24 * 60 * MINUTE,
  /** Manual order: its longest life, and most slots that it may name. */
  orderMaxMs: 7 * 24 * 60 * MINUTE,
  orderSlotsMax: 1_000_000,
} as const;
