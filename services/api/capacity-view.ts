/** Capacity as the API shows it. */
import type { ManualOrder } from "../contract/capacity.ts";
import type { Because } from "../contract/capacity-because.ts";
import type { ScalingEvent } from "../contract/capacity-events.ts";
import type { CapacityView, OrderView, PoolView, ScalingEventView } from "../contract/capacity-view.ts";
import type { CapacitySummary, PoolSummary } from "../contract/scaling.ts";
import { wordsOf } from "../core/capacity/words.ts";
import { isoTime } from "./view.ts";

const words = (because: readonly Because[]): string[] => because.map((one) => wordsOf(one));

/** An order with its times in words. */
export const orderViewOf = ({ untilMs, atMs, ...order }: ManualOrder): OrderView => ({
  ...order,
  since: isoTime(atMs),
  ...(untilMs === undefined ? {} : { until: isoTime(untilMs) }),
});

const poolViewOf = ({ breaker, ...pool }: PoolSummary): PoolView => ({
  ...pool,
  ...(breaker === undefined ? {} : { breaker: breaker.kind }),
  ...(breaker?.kind === "open" ? { probeAt: isoTime(breaker.probeAtMs) } : {}),
});

/** The last decision. */
export const capacityViewOf = ({
  atMs,
  policy,
  acts,
  slots,
  free,
  pools,
  order,
  because,
}: CapacitySummary): CapacityView => ({
  ...{ decidedAt: isoTime(atMs), policy, acts, pools: pools.map(poolViewOf), because: words(because) },
  ...(slots === undefined ? {} : { slots }),
  ...(free === undefined ? {} : { free }),
  ...(order === undefined ? {} : { order: orderViewOf(order) }),
});

/** An entry of the history. */
export function scalingEventViewOf(event: ScalingEvent): ScalingEventView {
  const { id, kind } = event;
  const at = isoTime(event.atMs);
  if (event.kind === "target") {
    const { pool, from, to, cordoned, drained, ended, because } = event;
    return { id, at, kind, pool, from, to, cordoned, drained, ended, because: words(because) };
  }
  if (event.kind === "refused") return { id, at, kind, pool: event.pool, what: event.answer, because: [event.because] };
  const bounds = [
    ...(event.floorSlots === undefined ? [] : [`at least ${event.floorSlots} slots`]),
    ...(event.ceilingSlots === undefined ? [] : [`at most ${event.ceilingSlots} slots`]),
    ...(event.untilMs === undefined ? [] : [`until ${isoTime(event.untilMs)}`]),
  ];
  return { id, at, kind, what: event.what, by: event.by, because: bounds };
}
