/** A second look before machines are ended. Pure. */
import type { CapacitySnapshot, PoolTarget } from "../../contract/capacity.ts";
import type { WorkerItem } from "../../contract/fleet.ts";
import { isAlive } from "../alive.ts";
import { workersByMachine } from "./machines.ts";

/**
 * Targets without the ends of machines on which a worker lives by now: one may have begun there since the decision's look,
 * for its supervisor starts it again after a crash, or after the rest of a drain that not all had. Unread workers spare every
 * machine. Who stays takes a place: a pool that has no room for both launches that much less.
 */
export function stillSilent(
  targets: readonly PoolTarget[],
  workers: readonly WorkerItem[] | undefined,
  pools: CapacitySnapshot["pools"],
): readonly PoolTarget[] {
  const there = workersByMachine(workers ?? []);
  return targets.map((target) => {
    const end = workers === undefined ? [] : target.end.filter((id) => !there.get(id)?.some(isAlive));
    const spared = target.end.length - end.length;
    if (spared === 0) return target;
    const state = pools.find(({ pool }) => pool === target.pool)?.state;
    const { max, machines } = state?.kind === "known" ? state.value : { max: 0, machines: [] };
    return {
      ...target,
      end,
      machines: Math.max(machines.length - end.length, Math.min(target.machines + spared, max)),
    };
  });
}
