/**
 * What becomes of an open run when nobody moves it: its holder died, its time is over, its wake-up got lost, its park time
 * has come. Pure; each answer carries the one conditional write that makes it so.
 */
import type { EndReason } from "../contract/failures.ts";
import type { WakeId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";
import { keys } from "../contract/tables.ts";
import { activeMs } from "./active-time.ts";
import { endFromOutside, interrupted, reclaim, wakeAgain } from "./lifecycle.ts";

/** Why a run is in the queue again. */
export type QueuedWhy = "worker-lost" | "resent" | "unparked";

/** What to do with a run. `queued` wants a fresh message with `wakeId` after the write; `left` needs nothing. */
export type Recovery =
  | { readonly kind: "ended"; readonly reason: EndReason; readonly write: HeadWrite }
  | { readonly kind: "queued"; readonly why: QueuedWhy; readonly wakeId: WakeId; readonly write: HeadWrite }
  | { readonly kind: "left" };

const left: Recovery = { kind: "left" };

const ended = (head: RunHead, reason: EndReason, at: Holding): Recovery => ({
  kind: "ended",
  reason,
  write: endFromOutside(head, { reason, ...at }),
});

/** The time, and of a running run its holder's own time as the last beat said it; undefined: not known. */
export type Holding = { readonly nowMs: number; readonly ownMs?: number | undefined };

/**
 * Why an open run is to end; undefined while it may go on, and once it has ended. A user's cancel comes first. A running run has
 * `graceMs` more than its two clocks say, so that its own worker ends it first; and its active time is over only when its holder's
 * own time says so: a wall clock that jumped, or a machine that slept, made no run active.
 */
export function overdue(head: RunHead, { nowMs, ownMs }: Holding, graceMs = 0): EndReason | undefined {
  if (head.state !== "QUEUED" && head.state !== "RUNNING") return undefined;
  const running = head.state === "RUNNING";
  const cancelAtMs = head.cancelRequestedAtMs;
  if (cancelAtMs !== undefined && nowMs >= cancelAtMs + (running ? limits.cancelGraceMs : 0))
    return "cancelled-by-user";
  const moreMs = running ? graceMs : 0;
  if (nowMs >= head.deadlineAtMs + moreMs) return "deadline";
  if (running && ownMs === undefined) return undefined;
  return activeMs(head, nowMs, ownMs) >= head.timeoutMs + moreMs ? "active-timeout" : undefined;
}

/** Ends a run of a lost holder. The loss counts, as it does for a run that goes on: its open call is in doubt for no other reason. */
const endedAtLoss = (head: RunHead, reason: EndReason, at: Holding): Recovery => {
  const write = endFromOutside(head, { reason, ...at });
  return { kind: "ended", reason, write: { ...write, set: { ...write.set, ...interrupted(head) } } };
};

/** A lost holder: the time of the decision, and the holder's own time at its last beat; undefined: not known. */
export type Loss = { readonly nowMs: number; readonly lastSeenMs: number | undefined; readonly wakeId: WakeId };

/**
 * Moves a running run whose holder is dead. Its active time stops at the last sign of life: the hours that a dead machine
 * kept it are not the run's fault. Where nothing is known of that, it goes on till now. The deadline is wall clock and goes on.
 */
export function afterLoss(head: RunHead, { nowMs, lastSeenMs, wakeId }: Loss): Recovery {
  if (head.state !== "RUNNING") return left;
  const at = { nowMs, ownMs: lastSeenMs };
  if (head.cancelRequestedAtMs !== undefined) return endedAtLoss(head, "cancelled-by-user", at);
  if (nowMs >= head.deadlineAtMs) return endedAtLoss(head, "deadline", at);
  if (activeMs(head, nowMs, lastSeenMs) >= head.timeoutMs) return endedAtLoss(head, "active-timeout", at);
  if ((head.fruitless ?? 0) >= limits.interruptionsMax) return endedAtLoss(head, "too-many-interruptions", at);
  const write = reclaim(head, wakeId, nowMs);
  const set = { ...write.set, activeMs: activeMs(head, nowMs, lastSeenMs) };
  return { kind: "queued", why: "worker-lost", wakeId, write: { ...write, set } };
}

/**
 * Ends a running run that neither its holder nor its two clocks allow to go on: cancelled `cancelGraceMs` ago, or over its
 * time by `cancelWithinMs`, in which a live holder would have ended it. Over its active time only by its holder's own beats.
 */
export function forcedEnd(head: RunHead, at: Holding): Recovery {
  const reason = head.state === "RUNNING" ? overdue(head, at, limits.cancelWithinMs) : undefined;
  return reason === undefined ? left : ended(head, reason, at);
}

/** Ends a run past its deadline: a waiting one at once, a running one as `forcedEnd` does. */
export function outOfTime(head: RunHead, at: Holding): Recovery {
  if (head.state === "RUNNING") return forcedEnd(head, at);
  const reason = overdue(head, at);
  return reason === undefined ? left : ended(head, reason, at);
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
  const reason = overdue(head, { nowMs });
  if (reason !== undefined) return ended(head, reason, { nowMs });
  const parked = head.holder === keys.parkHolder(head.runId);
  if (nowMs - head.dueAtMs < (parked ? 0 : at.resendAfterMs)) return left;
  return { kind: "queued", why: parked ? "unparked" : "resent", wakeId, write: wakeAgain(head, wakeId, nowMs) };
}

/** Wakes a run before its time that waits for a budget which it shares: that one may have been raised. */
export function afterRaise(head: RunHead, nowMs: number, wakeId: WakeId): Recovery {
  if (head.state !== "QUEUED" || head.parkedFor !== "budget") return left;
  return { kind: "queued", why: "unparked", wakeId, write: wakeAgain(head, wakeId, nowMs) };
}
