/** What becomes of one received message: a claimed run, or a settled message. */
import { type Lane, wakeId, workerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { WakeMessage } from "../contract/messages.ts";
import type { RunHead } from "../contract/run.ts";
import { isWorkerHolder } from "../contract/tables.ts";
import { claim, isEnded, wakeOf } from "../core/lifecycle.ts";
import { afterLoss, type Recovery } from "../core/recovery.ts";
import { toldClaim, toldEnd } from "../core/told-run.ts";
import type { Received } from "../ports/queue.ts";
import { ActiveRun } from "./active-run.ts";
import type { WorkerDeps, WorkerSettings } from "./deps.ts";
import type { Freshness } from "./freshness.ts";
import type { OwnTime } from "./own-time.ts";
import type { Peers } from "./peers.ts";
import { sendWake } from "./send-wake.ts";
import { answered } from "./settled-write.ts";
import type { Slots } from "./slots.ts";

export type TakeContext = {
  readonly deps: WorkerDeps;
  readonly settings: WorkerSettings;
  readonly slots: Slots;
  readonly peers: Peers;
  readonly freshness: Freshness;
  readonly own: OwnTime;
};

/** Why a message that could not claim is of no use, or what else it asks for. Pure. */
type Refused = "ended" | "stale" | "mine" | "held" | "queued";

function refusedBecause(head: RunHead | undefined, message: WakeMessage, me: string): Refused {
  if (head === undefined || isEnded(head.state)) return "ended";
  if (head.wakeId !== message.wakeId) return "stale";
  if (head.state === "QUEUED") return "queued";
  return head.holder === me ? "mine" : "held";
}

/** Tells what the loss of its holder did to a run, as the controller does where it comes first. */
function announceLoss(events: WorkerDeps["events"], before: RunHead, after: RunHead, { kind }: Recovery): void {
  const { runId, tenant, reason, turn } = after;
  if (after.inDoubt > before.inDoubt) events.emit("turn.doubtful", { runId, turn });
  if (kind === "queued") events.emit("run.requeued", { runId, tenant, reason: "orphaned", turn });
  if (reason !== undefined && kind === "ended") events.emit("run.ended", toldEnd(after, reason));
}

/** A message of an active run came back: if its holder is dead, the receiver does the conditional re-queue itself. */
async function reclaimIfLost({ deps, peers }: TakeContext, lane: Lane, received: Received, head: RunHead) {
  const holder = head.holder;
  if (holder === undefined || !isWorkerHolder(holder)) return;
  const judged = await peers.judge(workerId.parse(holder));
  if (judged.kind === "not-known-dead") {
    await deps.queue.extend(lane, [received.receipt], limits.deadAfterMs);
    return;
  }
  const fresh = wakeId.parse(`k_${deps.chance.id()}`);
  const { lastSeenMs } = judged;
  const recovery = afterLoss(head, { nowMs: deps.clock.nowMs(), lastSeenMs, wakeId: fresh });
  if (recovery.kind === "left") return;
  const outcome = await deps.runs.write(head.runId, recovery.write);
  if (outcome.kind === "written") {
    announceLoss(deps.events, head, outcome.head, recovery);
    if (recovery.kind === "queued") await sendWake(deps, lane, wakeOf(outcome.head, fresh));
  }
  await deps.queue.delete(lane, [received.receipt]);
}

async function settleRefused(context: TakeContext, lane: Lane, received: Received, head: RunHead | undefined) {
  const { deps, settings, slots } = context;
  if (received.message === undefined) return;
  const because = refusedBecause(head, received.message, settings.workerId);
  const mine = head === undefined ? undefined : slots.get(head.runId);
  if (because === "mine" && mine !== undefined) {
    // Our own message was delivered again because its lease ran out: go on under the new receipt.
    mine.receipt = received.receipt;
    mine.renewAtMs = 0;
  } else if (because === "held" && head !== undefined) await reclaimIfLost(context, lane, received, head);
  else if (because === "ended" || because === "stale") {
    deps.events.emit("message.dropped", { because, runId: received.message.runId });
    await deps.queue.delete(lane, [received.receipt]);
  }
  // "queued", or ours and not executed (the orphan check finds it): the message comes back by itself.
}

/** Claims the run of a message; undefined when it came to nothing and the message is settled. */
export async function takeMessage(
  context: TakeContext,
  lane: Lane,
  received: Received,
): Promise<ActiveRun | undefined> {
  const { deps, settings, freshness, own } = context;
  const { message } = received;
  if (message === undefined) {
    deps.events.emit("message.dropped", { because: "the body does not parse", runId: received.body.slice(0, 80) });
    await deps.queue.delete(lane, [received.receipt]);
    return undefined;
  }
  // Between the poll and now the worker stood still, or its beats failed: others may hold it for dead already. The message comes
  // back by itself soon; given back at once it would go from one such worker to the next until it is a dead letter.
  if (!freshness.fresh) return undefined;
  const claimant = { worker: settings.workerId, nonce: deps.chance.id(), ownMs: own.nowMs() };
  const write = claim(message, claimant, deps.clock.nowMs());
  // A claim whose answer was lost is settled by asking again, for as long as claiming is allowed.
  const outcome = await answered(deps, {
    operation: "claim",
    call: () => deps.runs.write(message.runId, write),
    may: () => freshness.fresh,
  });
  if (outcome.kind === "refused") {
    await settleRefused(context, lane, received, outcome.head);
    return undefined;
  }
  const { head } = outcome;
  deps.events.emit("run.claimed", toldClaim(head, settings.workerId));
  const lease = { holder: settings.workerId, epoch: head.epoch };
  return new ActiveRun({ lane, lease, head, receipt: received.receipt, own });
}
