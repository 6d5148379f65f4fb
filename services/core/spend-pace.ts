/** What one active run spends in a minute, measured by what the account of the fleet's budget says. Pure. */
import { limits } from "../contract/limits.ts";
import type { ScalingState } from "../contract/scaling.ts";
import { MINUTE } from "../contract/units.ts";

/**
 * A measurement under way, and the pace of those before (absent: none yet), with the end of the last one. `sinceMs` is when
 * it began, `spentMicroUsd` what was spent by then, `runMs` the time that runs were active since.
 */
export type SpendPace = NonNullable<ScalingState["spend"]>;

/** What is seen now. `active`: mean of the active runs of late; undefined: not known. */
export type SpendSeen = Pick<SpendPace, "budget" | "atMs" | "spentMicroUsd"> & { readonly active: number | undefined };

/**
 * The measurement after another look. It ends after `limits.spendPaceMs`: workers tell what they spent with a delay, so a
 * shorter one would be their rhythm and not the runs'. Another hour, a gap and active runs that nobody knows begin it anew;
 * the pace stays, for `limits.spendOldMs`: other runs spend something else.
 */
export function nextSpend(before: SpendPace | undefined, seen: SpendSeen): SpendPace {
  const { budget, atMs, spentMicroUsd, active } = seen;
  const { microUsdPerRunMinute: last, measuredAtMs } = before ?? {};
  const ageMs = measuredAtMs === undefined ? Number.POSITIVE_INFINITY : atMs - measuredAtMs;
  const pace = ageMs > limits.spendOldMs ? undefined : last;
  const kept = pace === undefined ? {} : { microUsdPerRunMinute: pace, measuredAtMs };
  const anew = { budget, sinceMs: atMs, atMs, spentMicroUsd, runMs: 0 };
  if (before?.budget !== budget || active === undefined || atMs - before.atMs > limits.spendGapMs)
    return { ...anew, ...kept };
  const runMs = before.runMs + active * Math.max(0, atMs - before.atMs);
  if (atMs - before.sinceMs < limits.spendPaceMs) {
    const { sinceMs, spentMicroUsd: spentBefore } = before;
    return { ...anew, sinceMs, spentMicroUsd: spentBefore, runMs, ...kept };
  }
  const spent = spentMicroUsd - before.spentMicroUsd;
  // Hardly anybody ran, or nobody paid: that says nothing of those that run.
  if (runMs < MINUTE || spent <= 0) return { ...anew, ...kept };
  const measured = (spent * MINUTE) / runMs;
  const isStale = pace === undefined || ageMs > limits.spendStaleMs;
  return { ...anew, microUsdPerRunMinute: isStale ? measured : (pace + measured) / 2, measuredAtMs: atMs };
}
