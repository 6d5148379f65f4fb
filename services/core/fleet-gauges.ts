/** What the items of workers and waiting runs say of the fleet. Pure. */
import type { WorkerItem } from "../contract/fleet.ts";
import type { Pool } from "../contract/ids.ts";
import type { RunHead } from "../contract/run.ts";
import { isAlive } from "./alive.ts";

/** Slots of a pool: with a run in them, and free in workers that take runs. */
export type PoolSlots = { readonly pool: Pool; readonly used: number; readonly free: number };

const takesRuns = ({ mode, drain }: WorkerItem): boolean => mode === "RUNNING" && !drain;

/** Pools without a living worker are left out. A worker that drains has no free slot, whatever it holds. */
export function slotsOf(workers: readonly WorkerItem[]): readonly PoolSlots[] {
  const living = workers.filter(isAlive);
  return [...Map.groupBy(living, ({ pool }) => pool)].map(([pool, own]) => ({
    pool,
    used: own.reduce((sum, { active }) => sum + active, 0),
    free: own.filter(takesRuns).reduce((sum, { slots, active }) => sum + Math.max(0, slots - active), 0),
  }));
}

/** Since when a queued run waits: its submit, or the last time that it went back. Undefined for any other. */
export function waitingSinceMs({ state, createdAtMs, claimedAtMs, dueAtMs }: RunHead): number | undefined {
  if (state !== "QUEUED") return undefined;
  return claimedAtMs === undefined ? createdAtMs : dueAtMs;
}
