/**
 * What becomes of an open run when nobody moves it: its holder died, its time is over, its wake-up got lost, its park time
 * has come. Pure; each answer carries the one conditional write that makes it so.
 */
import type { EndReason } from "../contract/failures.ts";
import type { WakeId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";
import { keys } from "../contract/tables.ts";
import { activeMs, endFromOutside, interrupted, reclaim, wakeAgain } from "./lifecycle.ts";

/** Why a run is in the queue again. */
export type QueuedWhy = "worker-lost" | "resent" | "unparked";

/** What to do with a run. `queued` wants a fresh message with `wakeId` after the write; `left` needs nothing. */
export type Recovery =
  | { readonly kind: "ended"; readonly reason: EndReason; readonly write: HeadWrite }
  | { readonly kind: "queued"; readonly why: QueuedWhy; readonly wakeId: WakeId; readonly write: HeadWrite }
  | { readonly kind: "left" };

const left: Recovery = { kind: "left" };

const ended = (head: RunHead, reason: EndReason, nowMs: number): Recovery => ({
  kind: "ended",
  reason,
  write: endFromOutside(head, { reason, nowMs }),
});

/**
 * Why an open run is to end at `nowMs`; undefined while it may go on, and once it has ended. A user's cancel comes first.
 * A running run has `graceMs` more than its two clocks say, so that its own worker ends it first.
 */
export function overdue(head: RunHead, nowMs: number, graceMs = 0): EndReason | undefined {
  if (head.state !== "QUEUED" && head.state !== "RUNNING") return undefined;
  const running = head.state === "RUNNING";
  const cancelAtMs = head.cancelRequestedAtMs;
  if (cancelAtMs !== undefined && nowMs >= cancelAtMs + (running ? limits.cancelGraceMs : 0))
    return "cancelled-by-user";
  const byMs = nowMs - (running ? graceMs : 0);
  if (byMs >= head.deadlineAtMs) return "deadline";
  return activeMs(head, byMs) >= head.timeoutMs ? "active-timeout" : undefined;
}

/** Ends a run of a lost holder. The loss counts, as it does for a run that goes on: its open call is in doubt for no other reason. */
const endedAtLoss = (head: RunHead, reason: EndReason, nowMs: number): Recovery => {
  const write = endFromOutside(head, { reason, nowMs });
  return { kind: "ended", reason, write: { ...write, set: { ...write.set, ...interrupted(head) } } };
};

/** A lost holder: the time of the decision, and when the holder was last known to be alive (`nowMs` when not known). */
export type Loss = { readonly nowMs: number; readonly lastSeenMs: number; readonly wakeId: WakeId };

/**
 * Moves a running run whose holder is dead. Its active time stops at the last sign of life: the hours that a dead machine
 * kept it are not the run's fault. The deadline is wall clock and goes on.
 */
export function afterLossSeen(head: RunHead, { nowMs, lastSeenMs, wakeId }: Loss): Recovery {
  if (head.state !== "RUNNING") return left;
  if (head.cancelRequestedAtMs !== undefined) return endedAtLoss(head, "cancelled-by-user", nowMs);
  const activeUntilMs = Math.min(nowMs, lastSeenMs);
  if (nowMs >= head.deadlineAtMs) return endedAtLoss(head, "deadline", nowMs);
  if (activeMs(head, activeUntilMs) >= head.timeoutMs) return endedAtLoss(head, "active-timeout", nowMs);
  if ((head.fruitless ?? 0) >= limits.interruptionsMax) return endedAtLoss(head, "too-many-interruptions", nowMs);
  const write = reclaim(head, wakeId, nowMs);
  const set = { ...write.set, activeMs: activeMs(head, activeUntilMs) };
  return { kind: "queued", why: "worker-lost", wakeId, write: { ...write, set } };
}

/** `afterLossSeen` for a holder of whose last sign of life nothing is known. */
export const afterLoss = (head: RunHead, nowMs: number, wakeId: WakeId): Recovery =>
  afterLossSeen(head, { nowMs, lastSeenMs: nowMs, wakeId });

/**
 * Ends a running run that neither its holder nor its two clocks allow to go on: cancelled `cancelGraceMs` ago, or over its
 * time by `cancelWithinMs`, in which a live holder would have ended it.
 */
export function forcedEnd(head: RunHead, nowMs: number): Recovery {
  const reason = head.state === "RUNNING" ? overdue(head, nowMs, limits.cancelWithinMs) : undefined;
  return reason === undefined ? left : ended(head, reason, nowMs);
}

/** Ends a run past its deadline: a waiting one at once, a running one as `forcedEnd` does. */
export function outOfTime(head: RunHead, nowMs: number): Recovery {
  if (head.state === "RUNNING") return forcedEnd(head, nowMs);
  const reason = overdue(head, nowMs);
  return reason === undefined ? left : ended(head, reason, nowMs);
}

/** What a lane's runs wait before their claim; `unknown` when nothing says so. */
export type LaneWait = { readonly kind: "known"; readonly p99Ms: number } | { readonly kind: "unknown" };

/**
 * How old a run's last send must be before it counts as lost. An honest backlog is left alone: twice its p99 wait; where
 * the wait is unknown, only `resendMaxMs` is certain.
 */
export function resendAfterMs(wait: LaneWait): number {
  if (wait.kind === "unknown") return limits.resendMaxMs;
  return Math.min(limits.resendMaxMs, Math.max(limits.resendAfterMs, 2 * wait.p99Ms));
}

/**
 * `resendAfterMs` for a run whose tenant is at its cap: workers hold its message back, so that neither the lane's depth nor
 * what others waited says anything of it.
 */
export const resendHeldAfterMs = (laneAfterMs: number): number => Math.max(laneAfterMs, limits.resendHeldMs);

/** Moves a run that waits in a queue or is parked: ends it when over its time, wakes it again when due. */
export function afterWait(head: RunHead, at: { nowMs: number; resendAfterMs: number; wakeId: WakeId }): Recovery {
  const { nowMs, wakeId } = at;
  if (head.state !== "QUEUED" || head.dueAtMs === undefined) return left;
  const reason = overdue(head, nowMs);
  if (reason !== undefined) return ended(head, reason, nowMs);
  const parked = head.holder === keys.parkHolder(head.runId);
  if (nowMs - head.dueAtMs < (parked ? 0 : at.resendAfterMs)) return left;
  return { kind: "queued", why: parked ? "unparked" : "resent", wakeId, write: wakeAgain(head, wakeId, nowMs) };
}

/** Wakes a run before its time that waits for a budget which it shares: that one may have been raised. */
export function afterRaise(head: RunHead, nowMs: number, wakeId: WakeId): Recovery {
  if (head.state !== "QUEUED" || head.parkedFor !== "budget") return left;
  return { kind: "queued", why: "unparked", wakeId, write: wakeAgain(head, wakeId, nowMs) };
}
