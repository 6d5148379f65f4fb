/** Whether this is a burst, in which the pools for bursts take part. Pure. */
import type { Because } from "../../contract/capacity-because.ts";
import type { CapacityPolicy } from "../../contract/capacity-policy.ts";
import type { Demand } from "./fleet-view.ts";

/** `untilMs` is remembered; absent: no burst. */
export type Burst = { readonly untilMs: number | undefined; readonly because: readonly Because[] };

/**
 * A burst begins when many runs wait, or one waits for long, and slots are missing: without that, more machines would not help. It lasts
 * `holdMs` from the last such moment.
 */
export function burstOf(
  policy: CapacityPolicy["burst"],
  { visible, oldest }: Demand,
  {
    missing,
    untilMs,
    nowMs,
  }: { readonly missing: boolean; readonly untilMs: number | undefined; readonly nowMs: number },
): Burst {
  const { above, oldestMs, holdMs } = policy;
  const newUntilMs = nowMs + holdMs;
  if (missing && visible > above) {
    return { untilMs: newUntilMs, because: [{ kind: "burst", visible, above, untilMs: newUntilMs }] };
  }
  if (missing && oldest !== undefined && oldest.ageMs > oldestMs) {
    return { untilMs: newUntilMs, because: [{ kind: "oldest", ...oldest, aboveMs: oldestMs, untilMs: newUntilMs }] };
  }
  if (untilMs === undefined || untilMs <= nowMs) return { untilMs: undefined, because: [] };
  return { untilMs, because: [{ kind: "burst-lasts", untilMs }] };
}
