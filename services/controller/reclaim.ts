/**
 * Gives the runs of dead workers back to the queue and what they held of budgets to the accounts, and asks again until none has been
 * found for `reclaimForMs`. One that cannot be read is there.
 */
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { afterLoss } from "../core/recovery.ts";
import { giveBack, lastCeilings } from "./give-back.ts";
import type { Grave, Graves } from "./graves.ts";
import { addMoved, type Decide, type Moved, moveRuns, nothingMoved } from "./move-runs.ts";
import type { World } from "./world.ts";

/**
 * Moves what the index says the worker holds, at most `movePages` pages. The index may be late: the heads decide.
 * `lastSeenMs` is the worker's own time at its last beat, undefined when unknown.
 */
export async function reclaim(world: World, worker: WorkerId, lastSeenMs: number | undefined): Promise<Moved> {
  let moved = nothingMoved;
  let after: string | undefined;
  for (let page = 0; page < limits.movePages; page++) {
    const { ids, next } = await world.index.byHolder(worker, Number.MAX_SAFE_INTEGER, after);
    const nowMs = world.clock.nowMs();
    const decide: Decide = (head, wakeId) =>
      head.holder === worker ? afterLoss(head, { nowMs, lastSeenMs, wakeId }) : { kind: "left" };
    moved = addMoved(moved, await moveRuns(world, ids, decide));
    if (next === undefined) return moved;
    after = next;
  }
  return moved;
}

/** Graves that are asked at a time: a zone that fails takes many workers at once. */
const GRAVES_AT_ONCE = 8;

/**
 * One pass over all open graves, the newest first: they are the ones with runs to move. A grave that fails is asked again in the
 * next pass; the others do not wait for it.
 */
export async function reclaimPass(world: World, graves: Graves): Promise<Moved> {
  let moved = nothingMoved;
  const failures: unknown[] = [];
  const ask = async (worker: WorkerId, grave: Grave): Promise<void> => {
    try {
      const one = await reclaim(world, worker, grave.lastSeenMs);
      const ceilings = grave.ceilings ?? (await lastCeilings(world, worker));
      const entries = ceilings === undefined ? 0 : await giveBack(world, worker, ceilings);
      const nowMs = world.clock.monotonicMs();
      if (grave.ceilings === undefined) graves.dig(worker, { ...grave, ceilings });
      if (one.lost + one.ended + one.refused + one.failed + one.unread + entries > 0)
        graves.dig(worker, { ...grave, ceilings, quietSinceMs: nowMs });
      else if (nowMs - grave.quietSinceMs >= limits.reclaimForMs) graves.settle(worker);
      moved = addMoved(moved, one);
    } catch (error) {
      failures.push(error);
    }
  };
  const todo = graves.open.toReversed();
  const askAll = async (): Promise<void> => {
    for (let next = todo.shift(); next !== undefined; next = todo.shift()) await ask(...next);
  };
  await Promise.all(Array.from({ length: GRAVES_AT_ONCE }, askAll));
  if (failures.length > 0) throw new AggregateError(failures, `${failures.length} workers' runs were not reclaimed`);
  return moved;
}
