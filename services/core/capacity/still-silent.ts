/** A second look before machines are ended. Pure. */
import type { PoolTarget } from "../../contract/capacity.ts";
import type { WorkerItem } from "../../contract/fleet.ts";
import { isAlive } from "../alive.ts";
import { workersByMachine } from "./machines.ts";

/**
 * Targets without the ends of machines on which a worker lives by now: one may have begun there since the decision's look, for its
 * supervisor starts it again after a crash, or after the rest of a drain that not all had. Unread workers spare every machine.
 */
export function stillSilent(
  targets: readonly PoolTarget[],
  workers: readonly WorkerItem[] | undefined,
): readonly PoolTarget[] {
  const there = workersByMachine(workers ?? []);
  return targets.map((target) => {
    const end = workers === undefined ? [] : target.end.filter((id) => !there.get(id)?.some(isAlive));
    return { ...target, end, machines: target.machines + target.end.length - end.length };
  });
}
