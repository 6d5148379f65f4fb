/** What an hour of the week usually costs, and whether this one costs too much. Pure. */
import type { LearnedHour, LedgerState } from "../contract/costs.ts";
import { limits } from "../contract/limits.ts";

const WEEK_HOURS = 168;

/** The hour of the week of an hour since 1970: 0 is Thursday at midnight UTC. */
export const weekHourOf = (hour: number): number => hour % WEEK_HOURS;

/**
 * Takes an hour that is over into the running mean of its hour of the week. An outlier counts at most `spikeCapTimes` of what was
 * learned, so that one spike does not become the rule. An hour of which nothing is known (`undefined`) teaches nothing; it is not 0.
 */
export function learnHour(
  learned: LedgerState["learned"],
  hour: number,
  spentMicroUsd: number | undefined,
): LedgerState["learned"] {
  if (spentMicroUsd === undefined) return learned;
  const key = String(weekHourOf(hour));
  const before = learned[key];
  if (before === undefined) return { ...learned, [key]: { hours: 1, meanMicroUsd: spentMicroUsd } };
  const { hours, meanMicroUsd } = before;
  const isKnown = hours >= limits.spikeLeastHours && meanMicroUsd > 0;
  const sample = isKnown ? Math.min(spentMicroUsd, meanMicroUsd * limits.spikeCapTimes) : spentMicroUsd;
  const count = Math.min(hours + 1, limits.spikeMeanHours);
  const after: LearnedHour = {
    hours: hours + 1,
    meanMicroUsd: Math.round(meanMicroUsd + (sample - meanMicroUsd) / count),
  };
  return { ...learned, [key]: after };
}

/** `unlearned`: too few such hours were seen to say what is usual. */
export type SpikeVerdict =
  | { readonly kind: "normal" | "unlearned" }
  | { readonly kind: "spike"; readonly spentMicroUsd: number; readonly usualMicroUsd: number };

/** A spike is certain: the hour has cost more than the whole hour usually does by `spikeShare` already, and not only cents. */
export function judgeSpike(learned: LedgerState["learned"], hour: number, spentMicroUsd: number): SpikeVerdict {
  const usual = learned[String(weekHourOf(hour))];
  if (usual === undefined || usual.hours < limits.spikeLeastHours) return { kind: "unlearned" };
  const { meanMicroUsd: usualMicroUsd } = usual;
  const isSpike = spentMicroUsd >= limits.spikeLeastMicroUsd && spentMicroUsd > usualMicroUsd * (1 + limits.spikeShare);
  return isSpike ? { kind: "spike", spentMicroUsd, usualMicroUsd } : { kind: "normal" };
}
