/** The repair pass: sends lost wake-ups again, wakes parked runs that are due, ends what is over its time. */
import { type Lane, lanes } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { openShard, parkHolder, queueHolder } from "../contract/tables.ts";
import { afterWait, forcedEnd, type LaneWait, outOfTime, resendAfterMs, resendHeldAfterMs } from "../core/recovery.ts";
import { holdingAt, type Look, living } from "../core/silence.ts";
import { Apart } from "./apart.ts";
import { laneWaits } from "./lane-waits.ts";
import { addMoved, type Decide, type Moved, nothingMoved } from "./move-runs.ts";
import { type RaisesSeen, wakeAfterRaise } from "./raised-budgets.ts";
import { type Cursors, type Part, scan } from "./scan.ts";
import type { Watching } from "./watch.ts";
import type { World } from "./world.ts";

/**
 * What the sweep remembers: where it stopped in a shard, when it looked for overdue runs last (monotonic), and for which
 * change of budgets it has woken runs.
 */
export type Sweeping = Cursors & RaisesSeen & { overdueAtMs: number | undefined };

/** When a run's wake-up counts as lost, by lane; `heldBack`: tenants at their cap, whose runs wait for another reason. */
type Waits = { readonly after: Record<Lane, number>; readonly heldBack: ReadonlySet<string> };

const unknown = { kind: "unknown" } as const;

const waitsOf = ({ high, normal, low }: Record<Lane, LaneWait>, { heldBack }: Watching): Waits => ({
  after: { high: resendAfterMs(high), normal: resendAfterMs(normal), low: resendAfterMs(low) },
  heldBack,
});

const unknownWaits = (watching: Watching): Waits => waitsOf({ high: unknown, normal: unknown, low: unknown }, watching);

async function waitsNow(world: World, watching: Watching): Promise<Waits> {
  const { look, heldBack } = watching;
  // Who has not seen the fleet yet does not know whom it holds back.
  if (look === undefined) return unknownWaits(watching);
  return waitsOf(await laneWaits(world, { living: living(look), heldBack }), watching);
}

/**
 * Queued runs whose last wake-up is older than their lane waits, and parked runs whose time has come. Runs of tenants that are
 * held back lie among those that are looked for, so that the look is worth its reads once a minute only, with the `thorough` one.
 */
async function sweepWaiting(
  world: World,
  state: Sweeping,
  { after, heldBack, thorough, apart }: Waits & { readonly thorough: boolean; readonly apart: Apart },
): Promise<Moved> {
  const nowMs = world.clock.nowMs();
  const isHeld = (tenant: string): boolean => heldBack.has(tenant);
  const afterOf = (lane: Lane, held: boolean): number => (held ? resendHeldAfterMs(after[lane]) : after[lane]);
  const decide: Decide = (head, wakeId) =>
    afterWait(head, { nowMs, resendAfterMs: afterOf(head.lane, isHeld(head.tenant)), wakeId });
  const looksPast = heldBack.size > 0 && !thorough;
  let moved = nothingMoved;
  const look = async (key: string, byMs: number): Promise<void> => {
    const part = { index: "byHolder", key, byMs, decide } as const;
    moved = addMoved(moved, (await apart.part(() => scan(world, state, part))) ?? nothingMoved);
  };
  for (let shard = 0; shard < limits.queueShards; shard++) {
    for (const lane of lanes) await look(queueHolder(lane, shard), nowMs - afterOf(lane, looksPast));
    await look(parkHolder(shard), nowMs);
  }
  return moved;
}

/**
 * Runs of any holder past their deadline, and those that workers seen alive keep over their time, by the own time in their last beats;
 * dead ones' are reclaimed.
 */
async function sweepOverdue(
  world: World,
  state: Sweeping,
  { seen, apart }: { readonly seen: Look | undefined; readonly apart: Apart },
): Promise<Moved> {
  const nowMs = world.clock.nowMs();
  const at = holdingAt(seen, nowMs);
  let moved = nothingMoved;
  const look = async (index: Part["index"], key: string, decide: Decide): Promise<void> => {
    const part = { index, key, byMs: nowMs, decide };
    moved = addMoved(moved, (await apart.part(() => scan(world, state, part))) ?? nothingMoved);
  };
  for (let shard = 0; shard < limits.queueShards; shard++)
    await look("byDeadline", openShard(shard), (head) => outOfTime(head, at(head)));
  for (const holder of seen === undefined ? [] : living(seen))
    await look("byHolder", holder, (head) => (head.holder === holder ? forcedEnd(head, at(head)) : { kind: "left" }));
  return moved;
}

/**
 * One pass; safe twice at once. What fails keeps nothing else from being done, and comes in the next pass; then it throws. Where
 * nobody can say how long the lanes wait, it is unknown.
 */
export async function sweepPass(world: World, state: Sweeping, watching: Watching): Promise<Moved> {
  const monotonicMs = world.clock.monotonicMs();
  const thorough = state.overdueAtMs === undefined || monotonicMs - state.overdueAtMs >= limits.overdueEveryMs;
  // One for each: a pass over waiting runs that is given up early must not keep those over their time from their end.
  const [asking, waiting, ending] = [new Apart(), new Apart(), new Apart()];
  const waits = (await asking.part(() => waitsNow(world, watching))) ?? unknownWaits(watching);
  let moved = await sweepWaiting(world, state, { ...waits, thorough, apart: waiting });
  moved = addMoved(moved, (await asking.part(() => wakeAfterRaise(world, state))) ?? nothingMoved);
  if (thorough) {
    moved = addMoved(moved, await sweepOverdue(world, state, { seen: watching.look, apart: ending }));
    state.overdueAtMs = monotonicMs;
  }
  const { resent, unparked, ended, lost } = moved;
  if (resent + unparked + ended > 0) world.events.emit("sweep.pass", { resent, reclaimed: lost, ended, unparked });
  asking.end(waiting, ending);
  return moved;
}
