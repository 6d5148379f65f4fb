import type { CapacityDecision, CapacityMemory } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import { conclude, type Deciding } from "./conclude.ts";
import { launchesOf } from "./launches.ts";
import { shareOut } from "./share-out.ts";
import { judge } from "./supplied.ts";
import type { SuppliedPool } from "./supply.ts";
import type { PoolPlan } from "./targets.ts";

function rest(memory: CapacityMemory): Omit<CapacityMemory, "v" | "leaving" | "pools"> {
  const { v: _v, leaving: _leaving, pools: _pools, ...others } = memory;
  return others;
}

/**
 * Everything stays as it is. What leaves goes on leaving, failed launches are noted, and slots below `floor` are made up for (undefined: not even
 * minimums are touched).
 */
export function hold(deciding: Deciding, general: readonly Because[], floor: number | undefined): CapacityDecision {
  const { snapshot, nowMs } = deciding;
  const judged = deciding.seen.map((one) =>
    one.memory.breaker.kind === "closed" ? judge(one, false, nowMs) : { seen: one, because: [] },
  );
  const pools = judged.map(({ seen: { view } }): SuppliedPool => ({ view, pending: view.pending, open: true }));
  const { parts } = shareOut(pools, { slots: floor ?? 0, places: 0, burst: false });
  const launches = floor === undefined ? new Map() : launchesOf({ slots: floor, parts }, pools);
  const plans = judged.map(({ seen: { view }, because }): PoolPlan => {
    const supplied = { view, pending: view.pending, open: true };
    return { supplied, breaker: { kind: "closed" }, launch: launches.get(view.pool), chosen: [], because };
  });
  const seen = judged.map((one) => one.seen);
  return conclude(deciding, { plans, seen, general, memory: rest(snapshot.memory), slots: undefined });
}
