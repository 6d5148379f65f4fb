/** The repair pass: sends lost wake-ups again, wakes parked runs that are due, ends what is over its time. */
import { type Lane, lanes, type WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { openShard, parkHolder, queueHolder } from "../contract/tables.ts";
import { afterWait, forcedEnd, outOfTime, resendAfterMs, resendHeldAfterMs } from "../core/recovery.ts";
import { living } from "../core/silence.ts";
import { laneWaits } from "./lane-waits.ts";
import { addMoved, type Decide, type Moved, nothingMoved } from "./move-runs.ts";
import { type RaisesSeen, wakeAfterRaise } from "./raised-budgets.ts";
import { type Cursors, type Part, scan } from "./scan.ts";
import type { Watching } from "./watch.ts";
import type { World } from "./world.ts";

/** What the sweep remembers: where it stopped in a shard, when it looked for overdue runs last (monotonic), and for which change of budgets it has woken runs. */
export type Sweeping = Cursors & RaisesSeen & { overdueAtMs: number | undefined };

/** When a run's wake-up counts as lost, by lane; `heldBack`: tenants at their cap, whose runs wait for another reason. */
type Waits = { readonly after: Record<Lane, number>; readonly heldBack: ReadonlySet<string> };

async function waitsNow(world: World, { look, heldBack }: Watching): Promise<Waits> {
  // Who has not seen the fleet yet does not know whom it holds back.
  const unknown = { kind: "unknown" } as const;
  const waits =
    look === undefined
      ? { high: unknown, normal: unknown, low: unknown }
      : await laneWaits(world, { living: living(look), heldBack });
  const after = {
    high: resendAfterMs(waits.high),
    normal: resendAfterMs(waits.normal),
    low: resendAfterMs(waits.low),
  };
  return { after, heldBack };
}

/**
 * Queued runs whose last wake-up is older than their lane waits, and parked runs whose time has come. Runs of tenants that are
 * held back lie among those that are looked for, so that the look is worth its reads once a minute only, with the `thorough` one.
 */
async function sweepWaiting(
  world: World,
  state: Sweeping,
  { after, heldBack, thorough }: Waits & { readonly thorough: boolean },
): Promise<Moved> {
  const nowMs = world.clock.nowMs();
  const isHeld = (tenant: string): boolean => heldBack.has(tenant);
  const afterOf = (lane: Lane, held: boolean): number => (held ? resendHeldAfterMs(after[lane]) : after[lane]);
  const decide: Decide = (head, wakeId) =>
    afterWait(head, { nowMs, resendAfterMs: afterOf(head.lane, isHeld(head.tenant)), wakeId });
  const looksPast = heldBack.size > 0 && !thorough;
  let moved = nothingMoved;
  const look = async (key: string, byMs: number): Promise<void> => {
    moved = addMoved(moved, await scan(world, state, { index: "byHolder", key, byMs, decide }));
  };
  for (let shard = 0; shard < limits.queueShards; shard++) {
    for (const lane of lanes) await look(queueHolder(lane, shard), nowMs - afterOf(lane, looksPast));
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
  const waits = await waitsNow(world, watching);
  const thorough = state.overdueAtMs === undefined || monotonicMs - state.overdueAtMs >= limits.overdueEveryMs;
  let moved = await sweepWaiting(world, state, { ...waits, thorough });
  moved = addMoved(moved, await wakeAfterRaise(world, state));
  if (thorough) {
    moved = addMoved(moved, await sweepOverdue(world, state, alive));
    state.overdueAtMs = monotonicMs;
  }
  const { resent, unparked, ended, lost } = moved;
  if (resent + unparked + ended > 0) world.events.emit("sweep.pass", { resent, reclaimed: lost, ended, unparked });
  return moved;
}
