/** Makes the decision of what was planned for each pool. Pure. */
import type { CapacityDecision, CapacityMemory, CapacitySnapshot } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import type { CapacityPolicy } from "../../contract/capacity-policy.ts";
import { limits } from "../../contract/limits.ts";
import type { FleetView } from "./fleet-view.ts";
import { hadOf } from "./had.ts";
import type { Seen } from "./supplied.ts";
import { type PoolPlan, targetOf } from "./targets.ts";
import { noteLevel, pruneLevels } from "./unfilled.ts";

/** What every part of a decision looks at. */
export type Deciding = {
  readonly snapshot: CapacitySnapshot;
  readonly policy: CapacityPolicy;
  readonly nowMs: number;
  readonly fleet: FleetView;
  readonly seen: readonly Seen[];
};

/** What was planned: the pools, reasons of the whole, what is remembered beside pools and machines, the summary. */
export type Outcome = {
  readonly plans: readonly PoolPlan[];
  readonly seen: readonly Seen[];
  readonly general: readonly Because[];
  readonly memory: Omit<CapacityMemory, "v" | "leaving" | "pools">;
  readonly slots: CapacityDecision["slots"];
};

/** Pools that were not seen have no target, and keep what was remembered of them. */
export function conclude({ snapshot, policy, nowMs, fleet }: Deciding, outcome: Outcome): CapacityDecision {
  const { plans, seen, general, memory, slots } = outcome;
  const { patienceMs } = policy.scaleIn;
  const results = plans.map((plan) => targetOf(plan, fleet.leaving, { general, patienceMs, nowMs }));
  const visible = new Set(seen.map(({ view }) => view.pool));
  const unseen = snapshot.memory.leaving.filter(({ pool }) => !visible.has(pool));
  // What is asked for now is missing from now on, not from when the pool says that it was told.
  const remembered = seen.map(({ view: { pool, atMs }, memory: before }, i) => {
    const asked = results[i]?.target.machines;
    const levels = asked === undefined ? before.levels : noteLevel(before.levels, asked, nowMs);
    const plan = plans[i];
    const had = plan && hadOf(plan, nowMs);
    return [pool, { ...before, levels: pruneLevels(levels, atMs), ...(had && { had }) }];
  });
  const own = results.flatMap(({ target }) => target.because.slice(0, target.because.length - general.length));
  return {
    targets: results.map(({ target }) => target),
    because: [...general, ...own].slice(0, limits.reasonsMax),
    memory: {
      v: 1,
      ...memory,
      leaving: [...unseen, ...results.flatMap(({ leaving }) => leaving)].slice(0, limits.leavingMax),
      pools: { ...snapshot.memory.pools, ...Object.fromEntries(remembered) },
    },
    slots,
  };
}
