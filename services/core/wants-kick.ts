/** Whether runs that were just submitted are worth a decision on capacity at once. Pure. */
import { limits } from "../contract/limits.ts";
import type { CapacitySummary } from "../contract/scaling.ts";

/**
 * True when they find no free slot, as far as the last decision and what this process took in since tell; not when more demand
 * would change nothing (a bound holds it down), nor when nobody knows.
 */
export function wantsKick(summary: CapacitySummary | undefined, submitted: number, nowMs: number): boolean {
  if (summary?.slots === undefined || summary.free === undefined || !summary.acts) return false;
  if (nowMs - summary.atMs > limits.summaryOldMs) return false;
  const { need, wanted } = summary.slots;
  return wanted >= need && submitted > summary.free;
}
