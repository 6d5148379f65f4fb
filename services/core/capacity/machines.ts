/** Joins what a pool tells of its machines with what the workers there say. Pure. */
import type { HeardWorkers, Machine, MachineId, PoolState, Signal } from "../../contract/capacity.ts";
import { machineId } from "../../contract/capacity.ts";
import type { WorkerItem } from "../../contract/fleet.ts";
import type { Pool } from "../../contract/ids.ts";
import { isAlive } from "../alive.ts";
import type { DatedPool } from "./first-seen.ts";

/** The machine of a worker: its instance, its task, or on a laptop the worker itself; undefined: it does not know where it is. */
export function machineOf({
  pool,
  place,
  workerId,
}: Pick<WorkerItem, "pool" | "place" | "workerId">): MachineId | undefined {
  const id: Record<Pool, string | undefined> = {
    spot: place?.instanceId,
    "on-demand": place?.instanceId,
    "fargate-spot": place?.taskArn,
    fargate: place?.taskArn,
    local: workerId,
  };
  const name = id[pool];
  return name === undefined ? undefined : machineId.parse(name);
}

/**
 * By what the worker says itself: a cordon that still lies in its inbox was not heard, and runs may have been taken since the beat that counts
 * them. Who is cordoned in its own words takes none, so that none of active means empty.
 */
export const takesRuns = ({ mode, drain }: WorkerItem): boolean =>
  !drain && (mode === "STARTING" || mode === "RUNNING");

function machineWith(seen: { id: MachineId; launchedAtMs: number }, workers: readonly WorkerItem[]): Machine {
  const living = workers.filter(isAlive);
  if (living.length === 0) {
    const deaths = workers.map(({ buriedAtMs = 0 }) => buriedAtMs);
    return { ...seen, kind: "silent", sinceMs: Math.max(seen.launchedAtMs, ...deaths) };
  }
  return { ...seen, kind: "working", takes: living.some(takesRuns), ...heardOf(living) };
}

/** What these workers say together, those that live. */
export function heardOf(workers: readonly WorkerItem[]): HeardWorkers {
  const living = workers.filter(isAlive);
  return {
    slots: living.filter(takesRuns).reduce((sum, { slots }) => sum + slots, 0),
    active: living.reduce((sum, { active }) => sum + active, 0),
  };
}

/** Workers by the machine that they run on; buried ones too, for they tell since when it is silent. */
export const workersByMachine = (workers: readonly WorkerItem[]): ReadonlyMap<MachineId | undefined, WorkerItem[]> =>
  Map.groupBy(workers, machineOf);

/**
 * A pool as a decision sees it. A worker whose machine is not among those of its pool is on one that is ending, or does not know where it is:
 * it is left out, so an installation whose workers cannot tell their place never counts them.
 */
export function poolStateOf(
  seen: DatedPool,
  workers: ReadonlyMap<MachineId | undefined, readonly WorkerItem[]>,
): Signal<PoolState> {
  if (seen.kind === "unknown") return { kind: "unknown", because: seen.because };
  const { pool, min, max, desired, atMs } = seen;
  const machines = seen.machines.map((one) => machineWith({ ...one }, workers.get(one.id) ?? []));
  return { kind: "known", atMs, value: { pool, min, max, desired, machines } };
}
