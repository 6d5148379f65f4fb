/** Runs that wait for a shared budget look again soon after the operator changed one, not only when their time comes. */
import { limits } from "../contract/limits.ts";
import { parkHolder } from "../contract/tables.ts";
import { afterRaise } from "../core/recovery.ts";
import { Apart } from "./apart.ts";
import { addMoved, type Decide, type Moved, nothingMoved } from "./move-runs.ts";
import { type Cursors, scan } from "./scan.ts";
import type { World } from "./world.ts";

/** The versions of the settings for which runs were woken, and are being woken; undefined before the first. */
export type RaisesSeen = { wokenFor: number | undefined; wakingFor: number | undefined };

const WHY = " raised";

/**
 * Once for each change, when every worker has read it: runs that look earlier would be parked for long again. One that the
 * controller does not know of, because it has just begun, counts while it is new.
 */
export async function wakeAfterRaise(world: World, state: Cursors & RaisesSeen): Promise<Moved> {
  const { version, changedAtMs } = await world.budgets.settings();
  if (changedAtMs === undefined || version === state.wokenFor) return nothingMoved;
  const nowMs = world.clock.nowMs();
  if (nowMs - changedAtMs < limits.budgetWakeAfterMs) return nothingMoved;
  const places = () => [...state.cursors.keys()].filter((place) => place.endsWith(WHY));
  if (state.wakingFor !== version) for (const place of places()) state.cursors.delete(place);
  const isUnderWay = state.wakingFor === version;
  state.wakingFor = version;
  const apart = new Apart();
  let moved = nothingMoved;
  if (isUnderWay || nowMs - changedAtMs < limits.budgetWakeForMs) {
    const decide: Decide = (head, wakeId) => afterRaise(head, nowMs, wakeId);
    for (let shard = 0; shard < limits.queueShards; shard++) {
      const key = parkHolder(shard);
      const part = { index: "byHolder", key, byMs: Number.MAX_SAFE_INTEGER, why: WHY, decide } as const;
      if (!isUnderWay || state.cursors.has(`${part.index} ${key}${WHY}`))
        moved = addMoved(moved, (await apart.part(() => scan(world, state, part))) ?? nothingMoved);
    }
  }
  // A shard that failed is asked again from its beginning, with all the others: who was woken is not there any more.
  if (apart.hasFailed) state.wakingFor = undefined;
  apart.end();
  if (places().length === 0) state.wokenFor = version;
  return moved;
}
