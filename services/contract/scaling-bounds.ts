/** Times, sizes and counts of the loop that scales; part of `limits`. Those of the decision itself are in `capacity-bounds.ts`. */
import { MINUTE, SECOND } from "./units.ts";

/** Spread into `limits`, which is where they are used by name. */
export const scalingBounds = {
  /** What the leader tells of the slots: how long the API uses what it read, and when it means nothing any more: a controller
   * that rests decides once a minute. A process asks for a decision at most so often. */
  summaryReadMs: 2 * SECOND,
  summaryOldMs: 90 * SECOND,
  kickEveryMs: 2 * SECOND,
  /** How long the answer of a submit waits for its kick: a function that has answered stands still. */
  kickWaitMs: 300,
  /** A controller at rest is woken at most so often, by all who want to, with so many calls; one that was woken stays at least so long, until the
   * queue's depth shows what it was woken for. */
  wakeEveryMs: 10 * SECOND,
  wakeTries: 2,
  wokenLeastMs: 30 * SECOND,
  /** Shards of a lane in which one decision looks for the run that waits longest. */
  oldestShards: 4,
  /** Answers of pools that wait for the next decision: a few of each pool and kind. */
  answersMax: 50,
  /** How much of its calls a class must have in use so that what a run calls in a minute is not measured: it may wait for the rate. */
  paceBusyShare: 0.8,
  /** Calls and active runs below which a measured pace means nothing; time in which it is averaged. */
  paceCallsLeast: 10,
  paceMs: 2 * MINUTE,
  /** A class that so few called for so long binds nobody any more: what runs called of it then says nothing of those that come now. */
  paceOldMs: 10 * MINUTE,
  /** How long the next call must wait for tokens so that they, and not the requests, are what bounds a class. */
  tokensWaitMs: 5 * SECOND,
  /** Time over which what runs spend is measured, and the longest between two looks at it. */
  spendPaceMs: 3 * MINUTE,
  spendGapMs: MINUTE,
  /** A measurement so old is replaced by the next, not averaged with it; one so old says nothing any more. */
  spendStaleMs: 10 * MINUTE,
  spendOldMs: 60 * MINUTE,
  /** A worker with active runs that has done nothing for so long is drained; if it is still there so long after, it is buried. */
  stuckAfterMs: 6 * MINUTE,
  stuckDrainMs: 2 * MINUTE,
  /** A living worker that has not said on which machine it is so long after its start is drained, the oldest first, so many with
   * one decision: until then its pool cannot be told what to do. */
  astrayDrainMs: 5 * MINUTE,
  astrayAtOnce: 10,
  /** AWS: how long one call to a pool may take, with all its attempts (a launch answers when it is known), and a look at a pool and
   * all acts on it together; machines that are ended at once; machines that one call launches or protects; pages of a service's tasks. */
  capacityCallMs: 5 * SECOND,
  launchCallMs: 20 * SECOND,
  poolLookMs: 8 * SECOND,
  poolActMs: 30 * SECOND,
  endsAtOnce: 10,
  launchMax: 100,
  protectAtOnce: 50,
  taskPages: 20,
  /** Tries of a change of the order that others change meanwhile. */
  orderTries: 5,
} as const;
