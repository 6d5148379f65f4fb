/** How fast free slots are used up: the growth of demand, averaged, and what it adds until machines that are asked for now have booted. Pure. */
import type { CapacityMemory } from "../../contract/capacity.ts";
import { limits } from "../../contract/limits.ts";

type Trend = NonNullable<CapacityMemory["trend"]>;

/** Takes a measurement in; one that is no newer than the last changes nothing. After a long gap the average begins anew. */
export function noteDemand(trend: Trend | undefined, slots: number, atMs: number): Trend {
  if (trend === undefined || atMs - trend.atMs > limits.signalOldMs) return { atMs, slots, perMs: 0 };
  const spanMs = atMs - trend.atMs;
  if (spanMs <= 0) return trend;
  const kept = Math.exp(-spanMs / limits.trendMs);
  return { atMs, slots, perMs: trend.perMs * kept + ((slots - trend.slots) / spanMs) * (1 - kept) };
}

/**
 * Slots beyond the demand that will be needed before a machine has booted; 0 while the free ones last longer than that. At most
 * `limits.trendPart` of the demand.
 */
export function trendSlots(
  { perMs, slots }: Trend,
  { freeSlots, bootMs }: { readonly freeSlots: number; readonly bootMs: number },
): number {
  const ahead = perMs * bootMs;
  if (ahead <= 0 || freeSlots >= ahead) return 0;
  return Math.ceil(Math.min(ahead, slots * limits.trendPart));
}
