/** What events tell of a run: whose it is and how long it took, so that logs, metrics and traces need no other source. */
import type { EventPayload } from "../contract/events.ts";
import type { EndReason } from "../contract/failures.ts";
import type { WorkerId } from "../contract/ids.ts";
import type { RunHead } from "../contract/run.ts";
import { endStateOf } from "./lifecycle.ts";

/** Wait of a run that was claimed once and never moved otherwise: the first claim is one above the first epoch. */
export function firstWaitMs(head: RunHead): number | undefined {
  const first = Math.floor(head.createdAtMs / 1_000) + 1;
  return head.epoch === first && head.claimedAtMs !== undefined ? head.claimedAtMs - head.createdAtMs : undefined;
}

/** A claim, by the head as it is afterwards. */
export function toldClaim(head: RunHead, workerId: WorkerId): EventPayload<"run.claimed"> {
  const { runId, tenant, lane, epoch, turn, createdAtMs, claimedAtMs = createdAtMs } = head;
  return { runId, tenant, lane, workerId, epoch, turn, createdAtMs, claimedAtMs, waitMs: firstWaitMs(head) };
}

/** The end of a run, by its head as it is afterwards. */
export function toldEnd(head: RunHead, reason: EndReason): EventPayload<"run.ended"> {
  const { runId, tenant, lane, agent, createdAtMs, startedAtMs, endedAtMs = createdAtMs } = head;
  const whose = { runId, tenant, lane, agent, state: endStateOf[reason], reason, turns: head.turn - 1 };
  return { ...whose, createdAtMs, startedAtMs, endedAtMs, costMicroUsd: head.spentMicroUsd };
}
