/** The long poll of one lane: asks for no more than the free slots, and gives back what has no slot. */
import type { Lane } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { backoffMs } from "../core/retry.ts";
import type { Received } from "../ports/queue.ts";
import type { ActiveRun } from "./active-run.ts";
import type { LaneTurns } from "./lane-turns.ts";
import { type TakeContext, takeMessage } from "./take-message.ts";
import type { TaskShield } from "./task-shield.ts";
import type { TenantRoom } from "./tenant-room.ts";

export type PollContext = TakeContext & {
  /** Polling ends when this aborts; a poll under way is let end by itself (an aborted one can swallow a message). */
  readonly polling: AbortSignal;
  /** Shared by the lanes of one worker. */
  readonly turns: LaneTurns;
  /** Shared by the lanes of one worker. */
  readonly room: TenantRoom;
  /** Absent where no scale-in looks at the task. */
  readonly shield: TaskShield | undefined;
  start(run: ActiveRun): void;
};

const BACKOFF = { baseMs: limits.retryBaseMs, maxMs: limits.retryMaxMs };

/** What goes wrong in a row, receives and claims alike: the next poll waits accordingly. */
type Trouble = { failures: number };

/** Nobody could say whether the claim happened: the message comes back soon, and a claim that did is found by the orphan check. */
async function giveBackLater({ deps }: PollContext, lane: Lane, received: Received, error: unknown): Promise<void> {
  deps.events.emit("store.failed", { operation: "claim", message: String(error) });
  try {
    await deps.queue.extend(lane, [received.receipt], limits.claimAgainMs);
  } catch (cause) {
    deps.events.emit("store.failed", { operation: "give a message back", message: String(cause) });
  }
}

async function take(context: PollContext, lane: Lane, received: Received): Promise<"taken" | "failed"> {
  const { slots, deps } = context;
  let run: ActiveRun | undefined;
  let outcome: "taken" | "failed" = "taken";
  slots.claiming.set(received.receipt, { lane, sinceMs: deps.clock.monotonicMs() });
  try {
    await context.shield?.beforeClaim();
    // Told meanwhile to take nothing more: the message is for others, at once.
    if (context.polling.aborted && context.shield !== undefined) await deps.queue.extend(lane, [received.receipt], 0);
    else run = await takeMessage(context, lane, received);
  } catch (error) {
    outcome = "failed";
    await giveBackLater(context, lane, received, error);
  }
  slots.claiming.delete(received.receipt);
  slots.settle(run);
  context.room.settled(received.receipt);
  if (run !== undefined) context.start(run);
  return outcome;
}

/** What is taken, what waits because its tenant has no room, and what goes back at once: there is no slot, or polling is over. */
function sortOut({ slots, room, polling }: PollContext, messages: readonly Received[]) {
  const sorted: Record<"accepted" | "held" | "back", Received[]> = { accepted: [], held: [], back: [] };
  for (const received of messages) {
    if (polling.aborted || slots.free <= 0) sorted.back.push(received);
    else if (!room.enter(received)) sorted.held.push(received);
    else {
      slots.promise();
      sorted.accepted.push(received);
    }
  }
  return sorted;
}

async function pollOnce(context: PollContext, lane: Lane, trouble: Trouble): Promise<void> {
  const { deps, settings, slots, turns, room } = context;
  const share = turns.share(lane, slots.free, deps.clock.monotonicMs());
  if (share === 0) return deps.clock.sleep(limits.laneEagerMs, context.polling);
  const max = Math.min(limits.receiveMax, share);
  const visibilityMs = Math.min(limits.unclaimedMs, settings.visibilityMs);
  let sorted: ReturnType<typeof sortOut>;
  turns.asks(lane, deps.clock.monotonicMs());
  let brought: number | undefined;
  try {
    const messages = await deps.queue.receive(lane, max, settings.receiveWaitMs, visibilityMs);
    sorted = sortOut(context, messages);
    brought = messages.length - sorted.held.length;
  } finally {
    turns.brought(lane, brought, deps.clock.monotonicMs());
  }
  const { accepted, held, back } = sorted;
  if (accepted.length === 0) trouble.failures = 0;
  for (const received of accepted) {
    take(context, lane, received).then((outcome) => {
      trouble.failures = outcome === "taken" ? 0 : trouble.failures + 1;
    });
  }
  const receipts = back.map(({ receipt }) => receipt);
  if (receipts.length > 0) await deps.queue.extend(lane, receipts, 0);
  if (held.length > 0) await room.giveBack(lane, held);
  // Others come first in a fair lane: where only such messages came, nobody else waits.
  if (held.length > 0 && brought === 0) await deps.clock.sleep(limits.tenantRestMs, context.polling);
}

/** Polls until told to stop; ends after the poll under way. */
export async function pollLane(context: PollContext, lane: Lane): Promise<void> {
  const { deps, slots, freshness, polling } = context;
  const trouble: Trouble = { failures: 0 };
  while (!polling.aborted) {
    await slots.whenFree(polling);
    if (trouble.failures > 0) {
      await deps.clock.sleep(backoffMs(trouble.failures, BACKOFF, deps.chance.fraction()), polling);
    }
    if (!(await freshness.untilFresh(polling)) || polling.aborted) return;
    try {
      await pollOnce(context, lane, trouble);
    } catch (error) {
      deps.events.emit("store.failed", { operation: `receive ${lane}`, message: String(error) });
      trouble.failures++;
    }
  }
}
