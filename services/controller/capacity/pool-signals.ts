/** The pools of a snapshot, and who is to be told on which machine. Pure. */
import type { CapacitySnapshot, MachineId, SeenPool } from "../../contract/capacity.ts";
import type { WorkerItem } from "../../contract/fleet.ts";
import { isAlive } from "../../core/alive.ts";
import { machineOf, poolStateOf, workersByMachine } from "../../core/capacity/machines.ts";

/**
 * Where living workers do not say on which machine they are, a machine that seems silent may be busy: the pool is unknown then, and
 * nothing of it is ended.
 */
export function poolSignals(seen: readonly SeenPool[], workers: readonly WorkerItem[]): CapacitySnapshot["pools"] {
  const there = workersByMachine(workers);
  return seen.map((one) => {
    const { pool } = one;
    const astray = workers.filter((it) => it.pool === pool && isAlive(it) && machineOf(it) === undefined).length;
    return astray === 0
      ? { pool, state: poolStateOf(one, there) }
      : { pool, state: { kind: "unknown", because: `${astray} workers do not say on which machine they are` } };
  });
}

/** The living workers on each of these machines. */
export function workersOn(machines: readonly MachineId[], workers: readonly WorkerItem[]): readonly WorkerItem[] {
  const there = workersByMachine(workers);
  return machines.flatMap((id) => (there.get(id) ?? []).filter(isAlive));
}
