/** Times, sizes and counts of the limiter and the breakers; part of `limits`. */
import { MINUTE, SECOND } from "./units.ts";

/** Spread into `limits`, which is where they are used by name. */
export const rateBounds = {
  /** Limiter: how old a worker's view of a class may be when it books or starts a call; how often a waiting worker looks
   * (seldom while its slot is far); the
   * least wait before an unanswered store is asked again, and the longest. */
  rateViewMs: SECOND,
  rateLookMs: 5 * SECOND,
  rateLookMaxMs: MINUTE,
  rateRetryBaseMs: 250,
  rateRetryMaxMs: 5 * SECOND,
  /** How long what an answer's headers say of the server's buckets is remembered: they are full again after a minute. */
  serverWordMs: MINUTE,
  /** Tries of one booking or control change against others; permits of one booking, and the time of the rate that they span. */
  rateTries: 8,
  /** Time of the rate by which a booking that others were faster than moves the free slots ahead. */
  rateContendedMs: 500,
  permitsMax: 100,
  permitsSpanMs: 25,
  /** What a call used is told with the next booking, alone after this. An estimate is off when it is wrong by a fifth and more. */
  settleAloneMs: 2 * SECOND,
  /** How often a worker that leaves asks a store that does not answer to take what it owes, within a drain's margin. */
  settleTries: 3,
  estimateOffTokens: 1_000,
  estimateOffShare: 0.2,
  /** After a 429: pause without a `retry-after`, the longest one believed, the cut, the least share, and the way back. */
  pauseMs: 2 * SECOND,
  pauseMaxMs: 15 * MINUTE,
  rateCut: 0.7,
  rateShareLeast: 0.05,
  rateRecoverPerMinute: 0.05,
  /** Ramp after a cold start: from this share, for this long; and how long quiet is cold. */
  rampFrom: 0.2,
  rampMs: 10 * MINUTE,
  coldAfterMs: 10 * MINUTE,

  /** Breaker: calls are counted by stretches of time; the window and its share of errors (SPEC.md), a burst, least counts. */
  tallyMs: 30 * SECOND,
  breakerWindowMs: 5 * MINUTE,
  breakerErrorShare: 0.1,
  breakerLeastCalls: 20,
  breakerBurstMs: 30 * SECOND,
  breakerBurstShare: 0.5,
  breakerBurstCalls: 10,
  /** First wait for a probe, doubled by each that fails up to the longest; how long one may take. */
  breakerProbeMs: 15 * SECOND,
  breakerProbeMaxMs: 5 * MINUTE,
  breakerProbeForMs: 2 * MINUTE,
  /** How long a run is parked while only a person can close the breaker. */
  breakerParkMs: MINUTE,
} as const;
