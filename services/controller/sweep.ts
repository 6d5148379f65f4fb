/** The repair pass: sends lost wake-ups again, wakes parked runs that are due, ends what is over its time. */
import { type Lane, lanes, type WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { openShard, parkHolder, queueHolder } from "../contract/tables.ts";
import { afterWait, forcedEnd, outOfTime, resendAfterMs } from "../core/recovery.ts";
import { living } from "../core/silence.ts";
import { laneWaits } from "./lane-waits.ts";
import { addMoved, type Decide, type Moved, nothingMoved } from "./move-runs.ts";
import { type RaisesSeen, wakeAfterRaise } from "./raised-budgets.ts";
import { type Cursors, type Part, scan } from "./scan.ts";
import type { Watching } from "./watch.ts";
import type { World } from "./world.ts";

/** What the sweep remembers: where it stopped in a shard, when it looked for overdue runs last (monotonic), and for which change of budgets it has woken runs. */
export type Sweeping = Cursors & RaisesSeen & { overdueAtMs: number | undefined };

/** Queued runs whose last wake-up is older than their lane waits, and parked runs whose time has come. */
async function sweepWaiting(world: World, state: Sweeping, after: Record<Lane, number>): Promise<Moved> {
  const nowMs = world.clock.nowMs();
  const decide: Decide = (head, wakeId) => afterWait(head, { nowMs, resendAfterMs: after[head.lane], wakeId });
  let moved = nothingMoved;
  const look = async (key: string, byMs: number): Promise<void> => {
    moved = addMoved(moved, await scan(world, state, { index: "byHolder", key, byMs, decide }));
  };
  for (let shard = 0; shard < limits.queueShards; shard++) {
    for (const lane of lanes) await look(queueHolder(lane, shard), nowMs - after[lane]);
    await look(parkHolder(shard), nowMs);
  }
  return moved;
}

/** Runs of any holder past their deadline, and those that workers seen alive keep over their time; dead ones' are reclaimed. */
async function sweepOverdue(world: World, state: Sweeping, alive: readonly WorkerId[]): Promise<Moved> {
  const nowMs = world.clock.nowMs();
  let moved = nothingMoved;
  const look = async (index: Part["index"], key: string, decide: Decide): Promise<void> => {
    moved = addMoved(moved, await scan(world, state, { index, key, byMs: nowMs, decide }));
  };
  for (let shard = 0; shard < limits.queueShards; shard++)
    await look("byDeadline", openShard(shard), (head) => outOfTime(head, nowMs));
  for (const holder of alive)
    await look("byHolder", holder, (head) => (head.holder === holder ? forcedEnd(head, nowMs) : { kind: "left" }));
  return moved;
}

/** One pass; safe twice at once. Throws when the store fails; what is left comes in the next pass. */
export async function sweepPass(world: World, state: Sweeping, watching: Watching): Promise<Moved> {
  const monotonicMs = world.clock.monotonicMs();
  const alive = watching.look === undefined ? [] : living(watching.look);
  const waits = await laneWaits(world, alive);
  const after = {
    high: resendAfterMs(waits.high),
    normal: resendAfterMs(waits.normal),
    low: resendAfterMs(waits.low),
  };
  let moved = addMoved(await sweepWaiting(world, state, after), await wakeAfterRaise(world, state));
  if (state.overdueAtMs === undefined || monotonicMs - state.overdueAtMs >= limits.overdueEveryMs) {
    moved = addMoved(moved, await sweepOverdue(world, state, alive));
    state.overdueAtMs = monotonicMs;
  }
  const { resent, unparked, ended, lost } = moved;
  if (resent + unparked + ended > 0) world.events.emit("sweep.pass", { resent, reclaimed: lost, ended, unparked });
  return moved;
}
