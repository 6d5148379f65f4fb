/** Whether an ended run may go on, and with what. Pure; the answer carries the one conditional write that makes it so. */
import type { EndReason } from "../contract/failures.ts";
import type { WakeId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { HeadWrite, RunHead } from "../contract/run.ts";
import { activeMs } from "./active-time.ts";
import { isEnded, redrive } from "./lifecycle.ts";

/** What the caller raises; what is absent stays as it was (the deadline: as long as the first one was, from now). */
export type Raise = {
  readonly budgetMicroUsd?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly deadlineMs?: number | undefined;
};

/** `field` is what the caller has to give; absent when nothing that it gives would help. */
export type RedriveDecision =
  | { readonly kind: "redrive"; readonly wakeId: WakeId; readonly write: HeadWrite }
  | { readonly kind: "refused"; readonly because: string; readonly field?: keyof Raise };

/**
 * Ends after which another try makes sense: those between two turns, of which the last committed one is the place to go on
 * from. A run that finished its conversation (with a good answer or a bad one) has none, and a cancel is a person's wish.
 */
const resumable: Readonly<Record<EndReason, boolean>> = {
  completed: false,
  "cancelled-by-user": false,
  "active-timeout": true,
  deadline: true,
  budget: true,
  "turn-limit": false,
  "model-refused": false,
  "model-rejected-request": true,
  "output-truncated": false,
  "output-invalid": false,
  "agent-error": false,
  "agent-unknown": true,
  "input-missing": true,
  "too-many-failures": true,
  "too-many-interruptions": true,
  "too-many-waits": true,
  "too-many-dead-letters": true,
};

/** Whether a run that ended for this reason has a turn to go on from. */
export const isResumable = (reason: EndReason | undefined): boolean => reason !== undefined && resumable[reason];

const refused = (because: string, field?: keyof Raise): RedriveDecision => ({
  kind: "refused",
  because,
  ...(field === undefined ? {} : { field }),
});

/** Input, agent and turns are kept so long from submit, whatever becomes of the head. */
const KEPT_MS = limits.deadlineMaxMs + limits.keepEndedMs;

/** Decides about a run as it was read. */
export function decideRedrive(head: RunHead, raise: Raise, at: { nowMs: number; wakeId: WakeId }): RedriveDecision {
  const { nowMs, wakeId } = at;
  if (!isEnded(head.state)) return refused(`the run is ${head.state}`);
  if (!isResumable(head.reason)) return refused(`the run ended as ${head.state} (${head.reason}); submit it again`);
  const { timeoutMs = head.timeoutMs, budgetMicroUsd = head.budgetMicroUsd } = raise;
  const deadlineMs = raise.deadlineMs ?? Math.min(limits.deadlineMaxMs, head.deadlineAtMs - head.createdAtMs);
  const used = activeMs(head, nowMs);
  if (timeoutMs <= used) return refused(`it was active for ${used} ms of ${timeoutMs}; give more`, "timeoutMs");
  const least = head.spentMicroUsd + head.possibleMicroUsd + head.nextMicroUsd;
  if (budgetMicroUsd < least)
    return refused(
      `with its next turn it may cost ${least} micro-USD of ${budgetMicroUsd}; give more`,
      "budgetMicroUsd",
    );
  if (nowMs + deadlineMs > head.createdAtMs + KEPT_MS)
    return refused("what the run needs is not kept until its new deadline; give a shorter one", "deadlineMs");
  const deadlineAtMs = nowMs + deadlineMs;
  return { kind: "redrive", wakeId, write: redrive(head, { wakeId, nowMs, deadlineAtMs, timeoutMs, budgetMicroUsd }) };
}
