/** How busy the fleet's CPU is, by what the workers' beats say. Pure. */
import type { CapacitySnapshot } from "../../contract/capacity.ts";
import type { WorkerItem } from "../../contract/fleet.ts";
import { isAlive } from "../alive.ts";
import { takesRuns } from "./machines.ts";

/**
 * Mean of the workers that take runs. None where there are none: nothing there is busy. A worker's first beat cannot say, it is left out. Others that
 * do not say (they are of an older version) count as idle in `percent` and as fully busy in `mostPercent`; unknown while they are more than half: bounds
 * so wide say nothing.
 */
export function fleetCpu(workers: readonly WorkerItem[], nowMs: number): CapacitySnapshot["cpu"] {
  const taking = workers.filter((worker) => isAlive(worker) && takesRuns(worker));
  if (taking.length === 0) return { kind: "none" };
  const able = taking.filter(({ counter, cpuPercent }) => counter > 0 || cpuPercent !== undefined);
  if (able.length === 0) return { kind: "unknown", because: "the workers have just begun" };
  const said = able.flatMap(({ cpuPercent }) => cpuPercent ?? []);
  const silent = able.length - said.length;
  if (silent * 2 > able.length)
    return { kind: "unknown", because: `${silent} of ${able.length} workers do not say theirs` };
  const sum = said.reduce((all, one) => all + one, 0);
  const most = silent === 0 ? {} : { mostPercent: (sum + silent * 100) / able.length };
  return { kind: "known", atMs: nowMs, value: { percent: sum / able.length, ...most } };
}
