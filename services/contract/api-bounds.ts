/** Times, sizes and counts of the API, its waits and its event streams; part of `limits`. */
import { assertLimit } from "./assert-limit.ts";
import { KIB, MINUTE, SECOND } from "./units.ts";

/** Spread into `limits`, which is where they are used by name. */
export const apiBounds = {
  /** A request, how many runs and ids one may name, and the usual and most of a page. */
  bodyBytes: 1_024 * KIB,
  submitRunsMax: 100,
  waitMs: 25 * SECOND,
  waitIdsMax: 100,
  waitPollMs: 100,
  waitPollMaxMs: SECOND,
  pageMax: 100,
  pageDefault: 20,
  idempotencyKeyChars: 255,
  keyCacheMs: 30 * SECOND,
  keyCacheEntries: 10_000,
  streamMs: 14 * MINUTE,
  watchFlagMs: 30 * SECOND,
  /** Depth of a JSON body, mistakes that one answer names, and characters of a field name in it. */
  jsonDepth: 64,
  mistakesMax: 100,
  fieldChars: 200,
  /** Store calls in flight for one request; tries of a cancel whose run moves meanwhile. */
  requestParallel: 25,
  cancelTries: 5,
  /** Many runs in one wait: how long ends are gathered after the first, so that a crowd of ends is one answer. */
  waitGatherMs: 300,
  /** Waits and event streams open at once in one API process; above it 429 with `Retry-After`. */
  watchersMax: 10_000,
  retryAfterSeconds: 1,
  /**
   * Event streams: silence that a comment breaks, first look for a new turn, turns read at once. Pages of turns: bytes (at
   * least one turn).
   */
  keepAliveMs: 15 * SECOND,
  streamPollMs: 400,
  streamTurns: 20,
  pageBytes: 4_096 * KIB,
  /** Time for a client to send its whole request, and for the API to end what is open when it stops. */
  requestMs: 30 * SECOND,
  apiStopMs: 5 * SECOND,
  apiStopPollMs: 20,
  /** Runs that one call by filter changes, the most and the usual number in a second, and when it ends with a cursor. */
  bulkMax: 100,
  bulkRateMax: 100,
  bulkRateDefault: 10,
  bulkCallMs: 20 * SECOND,
} as const;

assertLimit(apiBounds.waitMs < 29 * SECOND, "API Gateway ends a call after 29 s");
assertLimit(apiBounds.keepAliveMs < 30 * SECOND, "an edge-optimised API Gateway ends a stream after 30 s of silence");
assertLimit(apiBounds.streamMs < 15 * MINUTE, "API Gateway ends a stream after 15 min");
