import type { PoolMemory } from "../../contract/capacity.ts";
import { haveOf } from "./pool-view.ts";
import type { PoolPlan } from "./targets.ts";

/** What a pool has with this plan, to be remembered for when it cannot be read. Machines that leave are none of it. Pure. */
export function hadOf({ supplied: { view, pending }, launch, chosen }: PoolPlan, nowMs: number): PoolMemory["had"] {
  const coming = haveOf(view, pending) - view.running.length + (launch?.machines ?? 0) - chosen.length;
  const slots = Math.max(0, view.runningSlots + coming * view.slotsEach);
  return { atMs: nowMs, slots, slotsEach: view.slotsEach };
}
