/** The fleet as a decision sees it: sorted pools, demand, and what could not be read. Pure. */
import type { CapacitySnapshot, HeardWorkers, LeavingMachine, MachineId, PoolMemory } from "../../contract/capacity.ts";
import { type CapacityPolicy, poolOrder, usualPools } from "../../contract/capacity-policy.ts";
import { type Lane, lanes, type Pool } from "../../contract/ids.ts";
import { type PoolView, viewPool } from "./pool-view.ts";
import { read } from "./signal.ts";
import { type StillComing, stillComing } from "./still-coming.ts";

/** What is not known and should be. */
export type Unknown = { readonly signal: string; readonly why: string };

/** Demand as it was measured; `atMs` is the time of the oldest part. */
export type Demand = {
  readonly atMs: number;
  readonly visible: number;
  readonly oldest: { readonly lane: Lane; readonly ageMs: number } | undefined;
};

/** A pool that is unknown while its workers are heard: it is held alone. */
export type UnseenPool = HeardWorkers & StillComing & { readonly pool: Pool; readonly why: string };

/**
 * Pools in the order in which they are filled, and who of them was told to leave. `unseen` are left as they are, and what their
 * workers say counts, and for a while what was coming there; `unknown` are those of which nothing is known, or all when none was seen.
 */
export type FleetView = {
  readonly pools: readonly PoolView[];
  readonly leaving: ReadonlyMap<MachineId, LeavingMachine>;
  readonly unseen: readonly UnseenPool[];
  readonly unknown: readonly Unknown[];
};

/** Before anything is remembered of a pool. */
export const noPoolMemory: PoolMemory = { breaker: { kind: "closed" }, levels: [] };

/** Sorts all pools that were seen; the others are named as unknown. */
export function viewFleet(snapshot: CapacitySnapshot, policy: CapacityPolicy, nowMs: number): FleetView {
  const leaving = new Map(snapshot.memory.leaving.map((one) => [one.id, one]));
  const unseen: UnseenPool[] = [];
  const unknown: Unknown[] = [];
  const views = new Map<Pool, PoolView>();
  for (const { pool, state, heard } of snapshot.pools) {
    const reading = read(state, nowMs);
    if (reading.kind === "unknown") {
      if (heard === undefined) unknown.push({ signal: `pool ${pool}`, why: reading.why });
      else unseen.push({ pool, why: reading.why, ...heard, ...stillComing(snapshot.memory.pools[pool], heard, nowMs) });
    }
    if (reading.kind !== "value") continue;
    views.set(pool, viewPool(reading.value, policy.pools[pool] ?? usualPools[pool], { leaving, atMs: reading.atMs }));
  }
  // With no pool that could be asked for anything there is nothing to decide.
  if (views.size === 0) unknown.push(...unseen.map(({ pool, why }) => ({ signal: `pool ${pool}`, why })));
  return { pools: poolOrder.flatMap((pool) => views.get(pool) ?? []), leaving, unseen, unknown };
}

/** Runs that wait, over all lanes. A lane without a measurement makes the whole unknown: a part of a backlog is no backlog. */
export function demandOf(
  lanesSeen: CapacitySnapshot["lanes"],
  nowMs: number,
): { readonly demand: Demand | undefined; readonly unknown: readonly Unknown[] } {
  const unknown: Unknown[] = [];
  let [visible, atMs] = [0, nowMs];
  let oldest: Demand["oldest"];
  for (const lane of lanes) {
    const reading = read(lanesSeen[lane], nowMs);
    if (reading.kind === "unknown") unknown.push({ signal: `lane ${lane}`, why: reading.why });
    if (reading.kind !== "value") continue;
    visible += reading.value.visible;
    atMs = Math.min(atMs, reading.atMs);
    const { oldestMs: ageMs } = reading.value;
    // Runs of the lane low may wait: they hurry nobody.
    if (lane !== "low" && ageMs !== undefined && ageMs > (oldest?.ageMs ?? 0)) oldest = { lane, ageMs };
  }
  return { demand: unknown.length > 0 ? undefined : { atMs, visible, oldest }, unknown };
}
