/** The repair pass: sends lost wake-ups again, wakes parked runs that are due, ends what is over its time. */
import { type Lane, lanes } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { parkHolder, queueHolder } from "../contract/tables.ts";
import { afterWait, forcedEnd, resendAfterMs } from "../core/recovery.ts";
import { living } from "../core/silence.ts";
import { laneWaits } from "./lane-waits.ts";
import { addMoved, type Decide, type Moved, moveRuns, nothingMoved } from "./move-runs.ts";
import type { Watching } from "./watch.ts";
import type { World } from "./world.ts";

/** What the sweep remembers: where it stopped in a shard, and when it looked for overdue runs last (monotonic). */
export type Sweeping = { readonly cursors: Map<string, string>; overdueAtMs: number | undefined };

/** One holder's open runs due by `dueByMs`, at most `sweepPages` pages; the next pass goes on where this one stopped. */
async function scan(
  world: World,
  cursors: Map<string, string>,
  part: { readonly holder: string; readonly what: "due" | "all"; readonly dueByMs: number; readonly decide: Decide },
): Promise<Moved> {
  let moved = nothingMoved;
  // A look at what is due must not go on where a look at everything stopped.
  const place = `${part.what} ${part.holder}`;
  for (let page = 0; page < limits.sweepPages; page++) {
    const { ids, next } = await world.index.byHolder(part.holder, part.dueByMs, cursors.get(place));
    if (next === undefined) cursors.delete(place);
    else cursors.set(place, next);
    moved = addMoved(moved, await moveRuns(world, ids, part.decide));
    if (next === undefined) break;
  }
  return moved;
}

/** Queued and parked runs. `everything` looks also at those that are not due, for their deadline. */
async function sweepWaiting(world: World, state: Sweeping, after: Record<Lane, number>, everything: boolean) {
  const nowMs = world.clock.nowMs();
  const decide: Decide = (head, wakeId) => afterWait(head, { nowMs, resendAfterMs: after[head.lane], wakeId });
  const oldestMs = nowMs - Math.min(...lanes.map((lane) => after[lane]));
  let moved = nothingMoved;
  for (let shard = 0; shard < limits.queueShards; shard++) {
    const queued = { holder: queueHolder(shard), decide };
    const parked = { holder: parkHolder(shard), decide };
    moved = addMoved(moved, await scan(world, state.cursors, { ...queued, what: "due", dueByMs: oldestMs }));
    moved = addMoved(moved, await scan(world, state.cursors, { ...parked, what: "due", dueByMs: nowMs }));
    if (!everything) continue;
    const all = { what: "all", dueByMs: Number.MAX_SAFE_INTEGER } as const;
    moved = addMoved(moved, await scan(world, state.cursors, { ...queued, ...all }));
    moved = addMoved(moved, await scan(world, state.cursors, { ...parked, ...all }));
  }
  return moved;
}

/** Overdue runs of workers that are seen alive; those of dead ones are reclaimed. */
async function sweepRunning(world: World, state: Sweeping, watching: Watching): Promise<Moved> {
  let moved = nothingMoved;
  for (const holder of watching.look === undefined ? [] : living(watching.look)) {
    const nowMs = world.clock.nowMs();
    const decide: Decide = (head) => (head.holder === holder ? forcedEnd(head, nowMs) : { kind: "left" });
    moved = addMoved(moved, await scan(world, state.cursors, { holder, what: "due", dueByMs: nowMs, decide }));
  }
  return moved;
}

/** One pass; safe twice at once. Throws when the store fails; what is left comes in the next pass. */
export async function sweepPass(world: World, state: Sweeping, watching: Watching): Promise<Moved> {
  const monotonicMs = world.clock.monotonicMs();
  const waits = await laneWaits(world, watching.look === undefined ? [] : living(watching.look));
  const after = {
    high: resendAfterMs(waits.high),
    normal: resendAfterMs(waits.normal),
    low: resendAfterMs(waits.low),
  };
  const everything = state.overdueAtMs === undefined || monotonicMs - state.overdueAtMs >= limits.overdueEveryMs;
  let moved = await sweepWaiting(world, state, after, everything);
  if (everything) {
    moved = addMoved(moved, await sweepRunning(world, state, watching));
    state.overdueAtMs = monotonicMs;
  }
  const { resent, unparked, ended, lost } = moved;
  if (resent + unparked + ended > 0) world.events.emit("sweep.pass", { resent, reclaimed: lost, ended, unparked });
  return moved;
}
