/** What bounds the need from above, whatever waits: the model rate and the fleet's budget. Pure. */
import type { FleetBudget, ModelRate } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import type { CapacityPolicy } from "../../contract/capacity-policy.ts";
import { limits } from "../../contract/limits.ts";
import { MINUTE } from "../../contract/units.ts";

/** Most slots of use. `launch` bounds what is added; `keep` bounds what stays, and does not follow a passing trouble. */
export type Cap = {
  readonly launch: number;
  readonly keep: number;
  /** Why, for a need that is above it. */
  because(needed: number): Because;
};

/**
 * Active runs that a class can feed, by Little's law, with the policy's spare. Every class that runs were seen to call
 * bounds; while none was measured, the widest one does, at the policy's guess. Undefined: there is no class.
 */
export function modelCap(classes: readonly ModelRate[], policy: CapacityPolicy): Cap | undefined {
  const feeds = (calls: number, perRun: number): number => Math.floor((calls / perRun) * policy.rateSpare);
  const capOf = (one: ModelRate, perRun: number): Cap => {
    const launch = feeds(one.callsNowPerMinute, perRun);
    const { limitClass, callsNowPerMinute: callsPerMinute } = one;
    return {
      launch,
      keep: feeds(one.callsPerMinute, perRun),
      because: (needed) => {
        return { kind: "model-rate", limitClass, slots: launch, callsPerMinute, callsPerRunMinute: perRun, needed };
      },
    };
  };
  const measured = classes.flatMap((one) => {
    const { callsPerRunMinute = 0 } = one;
    return callsPerRunMinute > 0 ? [capOf(one, callsPerRunMinute)] : [];
  });
  const [first, ...others] = measured;
  if (first !== undefined) {
    const narrowest = others.reduce((least, cap) => (cap.launch < least.launch ? cap : least), first);
    return { ...narrowest, keep: Math.min(...measured.map(({ keep }) => keep)) };
  }
  const guessed = classes.map((one) => capOf(one, policy.callsPerRunMinute));
  return guessed.toSorted((a, b) => b.launch - a.launch || b.keep - a.keep)[0];
}

/**
 * Active runs that what is left of the budget pays for during the rest of its window, looking `limits.budgetFeedMs` ahead at
 * most: capacity that boots only to be parked is wasted. What runs is not ended for it: parked runs are no demand. Undefined:
 * not limited, or not measured.
 */
export function budgetCap(budget: FleetBudget | undefined, nowMs: number): Cap | undefined {
  if (budget === undefined || budget.leftMicroUsd === "unlimited") return undefined;
  const { leftMicroUsd, windowEndsAtMs, microUsdPerRunMinute = 0 } = budget;
  if (leftMicroUsd > 0 && microUsdPerRunMinute <= 0) return undefined;
  const minutes = Math.min(limits.budgetFeedMs, Math.max(MINUTE, windowEndsAtMs - nowMs)) / MINUTE;
  const launch = leftMicroUsd <= 0 ? 0 : Math.floor(leftMicroUsd / (microUsdPerRunMinute * minutes));
  return {
    launch,
    keep: Number.POSITIVE_INFINITY,
    because: (needed) => ({ kind: "budget", slots: launch, leftMicroUsd, needed }),
  };
}
