/** How busy the fleet's CPU is, by what the workers' beats say. Pure. */
import type { Signal } from "../../contract/capacity.ts";
import type { WorkerItem } from "../../contract/fleet.ts";
import { isAlive } from "../alive.ts";
import { takesRuns } from "./machines.ts";

/**
 * Mean of the workers that take runs. None where there are none: nothing there is busy. Unknown while one of them does not say (it has just
 * begun, or is of an older version): a mean of the others would be of another fleet.
 */
export function fleetCpu(workers: readonly WorkerItem[], nowMs: number): Signal<{ readonly percent: number }> {
  const taking = workers.filter((worker) => isAlive(worker) && takesRuns(worker));
  if (taking.length === 0) return { kind: "none" };
  const said = taking.flatMap(({ cpuPercent }) => cpuPercent ?? []);
  const silent = taking.length - said.length;
  if (silent > 0) return { kind: "unknown", because: `${silent} of ${taking.length} workers do not say theirs` };
  return { kind: "known", atMs: nowMs, value: { percent: said.reduce((sum, one) => sum + one, 0) / said.length } };
}
