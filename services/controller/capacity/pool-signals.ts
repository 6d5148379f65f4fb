/** The pools of a snapshot, and who is to be told on which machine. Pure. */
import type { MachineId, PoolSignal, SeenPool } from "../../contract/capacity.ts";
import type { WorkerItem } from "../../contract/fleet.ts";
import { isAlive } from "../../core/alive.ts";
import { astrayIn } from "../../core/capacity/astray.ts";
import type { DatedPool } from "../../core/capacity/first-seen.ts";
import { heardOf, poolStateOf, workersByMachine } from "../../core/capacity/machines.ts";

/** Every pool is unknown while the fleet cannot be read: who seems silent may be busy. */
export const unheardPools = (seen: readonly SeenPool[], because: string): PoolSignal[] =>
  seen.map(({ pool }) => ({ pool, state: { kind: "unknown", because } }));

/**
 * Where living workers do not say on which machine they are, a machine that seems silent may be busy: the pool is unknown then, and
 * nothing of it is ended, until they have said it or left.
 */
export function poolSignals(seen: readonly DatedPool[], workers: readonly WorkerItem[]): PoolSignal[] {
  const there = workersByMachine(workers);
  return seen.map((one): PoolSignal => {
    const { pool } = one;
    const heard = heardOf(workers.filter((it) => it.pool === pool));
    const astray = astrayIn(pool, workers).length;
    if (astray === 0) return { pool, state: poolStateOf(one, there), heard };
    const because = `${astray} workers do not say on which machine they are`;
    return { pool, state: { kind: "unknown", because }, heard };
  });
}

/** The living workers on each of these machines. */
export function workersOn(machines: readonly MachineId[], workers: readonly WorkerItem[]): readonly WorkerItem[] {
  const there = workersByMachine(workers);
  return machines.flatMap((id) => (there.get(id) ?? []).filter(isAlive));
}
