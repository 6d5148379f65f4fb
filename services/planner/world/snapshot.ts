/** A virtual fleet as the controller measures a real one. */
import type { CapacityMemory, CapacitySnapshot, Machine, PoolAnswer, PoolState } from "../../contract/capacity.ts";
import type { DemandProfile } from "../../contract/capacity-profile.ts";
import { type Lane, lanes } from "../../contract/ids.ts";
import { type FleetPlan, type PlannedPool, plannedPools } from "../fleet.ts";
import type { Stage } from "./driver.ts";
import type { VirtualMachine } from "./machine.ts";

/** Calls a minute that the model rate lets through, and that an active run makes while it does not wait. */
export type ModelFeed = { readonly callsPerMinute: number; readonly callsPerRunMinute: number };

/** What is not in the fleet itself. */
export type Measured = {
  readonly plan: FleetPlan;
  readonly feed: ModelFeed | undefined;
  readonly profile: DemandProfile | undefined;
  readonly answers: readonly PoolAnswer[];
  readonly memory: CapacityMemory;
};

function machineOf({ id, launchedAtMs, mode, slots, active, silentSinceMs }: VirtualMachine): Machine {
  if (mode === "boots" || mode === "empty") return { id, launchedAtMs, kind: "silent", sinceMs: silentSinceMs };
  const takes = mode === "works";
  return { id, launchedAtMs, kind: "working", takes, slots: takes ? slots : 0, active };
}

function poolOf({ fleet, groups }: Stage, plan: FleetPlan, pool: PlannedPool, nowMs: number): PoolState {
  const machines = fleet.machines[pool].map(machineOf);
  return { pool, min: groups.least(pool, nowMs), max: plan.pools[pool].max, desired: groups.desired[pool], machines };
}

/** Everything is known and fresh: what the planner does not play is how the controller copes with what it cannot see. */
export function snapshotOf(stage: Stage, measured: Measured, nowMs: number): CapacitySnapshot {
  const { plan, feed, profile, answers, memory } = measured;
  const known = <T>(value: T) => ({ kind: "known", atMs: nowMs, value }) as const;
  const laneOf = (lane: Lane) => {
    const { visible, sinceMs } = stage.runs.line(lane);
    return known({ visible, oldestMs: sinceMs === undefined ? undefined : nowMs - sinceMs });
  };
  const [high, normal, low] = lanes;
  const rate = feed && { limitClass: "*", callsNowPerMinute: feed.callsPerMinute, ...feed };
  return {
    pools: plannedPools.map((pool) => ({ pool, state: known(poolOf(stage, plan, pool, nowMs)) })),
    lanes: { [high]: laneOf(high), [normal]: laneOf(normal), [low]: laneOf(low) } as CapacitySnapshot["lanes"],
    isolated: { kind: "none" },
    cpu: { kind: "none" },
    model: rate === undefined ? { kind: "none" } : known({ classes: [rate] }),
    budget: { kind: "none" },
    profile: profile === undefined ? { kind: "none" } : known(profile),
    order: undefined,
    answers,
    memory,
  };
}
