/** How many calls one active run makes in a minute, measured while calls do not wait for the rate. Pure. */
import { limits } from "../contract/limits.ts";
import { MINUTE } from "../contract/units.ts";
import type { Tallies } from "./breaker.ts";

/** Calls of the last whole minute that was counted. */
export function callsOfMinute(tallies: Tallies, nowMs: number): number {
  const last = Math.floor(nowMs / limits.tallyMs) - 1;
  const buckets = Math.round(MINUTE / limits.tallyMs);
  return [...tallies].reduce(
    (sum, [bucket, { calls }]) => (bucket <= last && bucket > last - buckets ? sum + calls : sum),
    0,
  );
}

/** Whether a pace still says something: the class was called at all of late (`calledAtMs`; undefined: nobody knows when). */
export const isFresh = (calledAtMs: number | undefined, nowMs: number): boolean =>
  calledAtMs !== undefined && nowMs - calledAtMs <= limits.paceOldMs;

/**
 * Measures of one moment: `active` is a mean over the same minute, `rate` calls that may start in a minute now, `tokensBusy`
 * whether they may wait for tokens.
 */
export type PaceSeen = {
  readonly calls: number;
  readonly active: number;
  readonly rate: number;
  readonly tokensBusy: boolean;
  readonly sinceMs: number;
};

/**
 * The pace after another measure; the one before while nothing can be said: too few calls, or so many that they may have waited for
 * the rate or for tokens. A pace that was measured while calls wait looks low, and more would be launched than the rate can feed.
 */
export function nextPace(before: number | undefined, seen: PaceSeen): number | undefined {
  const { calls, active, rate, tokensBusy, sinceMs } = seen;
  if (tokensBusy || calls < limits.paceCallsLeast || active < 1 || calls >= rate * limits.paceBusyShare) return before;
  const pace = calls / active;
  const weight = Math.min(1, sinceMs / limits.paceMs);
  return before === undefined ? pace : before + weight * (pace - before);
}
