/**
 * The life of a run as pure transitions. Each gives the one conditional write that makes it so.
 *
 * QUEUED -> RUNNING -> an end; RUNNING -> QUEUED on release. A claim raises the epoch; only the holder's own release
 * keeps it; whoever moves a run without holding it raises it too. Epochs and turn numbers never go back.
 */
import type { EndReason, RunState } from "../contract/failures.ts";
import type { WakeId, WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { WakeMessage } from "../contract/messages.ts";
import type { HeadWrite, RunHead, Usage } from "../contract/run.ts";
import { keys } from "../contract/tables.ts";
import { activeMs } from "./active-time.ts";
import { movedFromOutside } from "./books.ts";
import { FLIGHT_ONLY, keptFlight, mayBeOpen } from "./flight.ts";
import { bookedDoubts, doubt, held, type Lease } from "./held-run.ts";

/** States that a run never leaves by itself. */
export const isEnded = (state: RunState): boolean => state !== "QUEUED" && state !== "RUNNING";

/** The end state that a reason means. */
export const endStateOf = {
  completed: "SUCCEEDED",
  "cancelled-by-user": "CANCELLED",
  "active-timeout": "TIMED_OUT",
  deadline: "TIMED_OUT",
  budget: "OVER_BUDGET",
  "turn-limit": "FAILED",
  "model-refused": "FAILED",
  "model-rejected-request": "FAILED",
  "output-truncated": "FAILED",
  "output-invalid": "FAILED",
  "agent-error": "FAILED",
  "agent-unknown": "FAILED",
  "input-missing": "FAILED",
  "too-many-failures": "DEAD",
  "too-many-interruptions": "DEAD",
  "too-many-waits": "DEAD",
  "too-many-dead-letters": "DEAD",
} as const satisfies Record<EndReason, RunState>;

/** The wake-up of a queued run. */
export function wakeOf(head: RunHead, wakeId: WakeId): WakeMessage {
  const remainingMs = Math.max(0, head.timeoutMs - head.activeMs);
  return { v: 1, runId: head.runId, wakeId, remainingMs, deadlineAtMs: head.deadlineAtMs, tenant: head.tenant };
}

/** Who claims: the nonce tells two tries of one worker apart; `ownMs` is its own time. */
export type Claimant = { readonly worker: WorkerId; readonly nonce: string; readonly ownMs?: number };

/** A claim: needs no read. `dueAtMs` is when the sweep may look whether to force the end, a little after the worker would. */
export function claim(wake: WakeMessage, claimant: Claimant, nowMs: number): HeadWrite {
  const { worker, nonce, ownMs } = claimant;
  const from = ownMs === undefined ? {} : { heldFromMs: ownMs };
  const dueAtMs = Math.min(wake.deadlineAtMs, nowMs + wake.remainingMs) + limits.cancelWithinMs;
  return {
    guard: { state: "QUEUED", wakeId: wake.wakeId },
    set: { state: "RUNNING", holder: worker, nonce, dueAtMs, claimedAtMs: nowMs, ...from },
    add: { epoch: 1 },
    copy: { reservedMicroUsd: "nextMicroUsd" },
  };
}

/** Where a run goes on: the model of its next turn, and how it came to it. */
export type Rerouted = Pick<RunHead, "model" | "route">;

/** Spend of one committed turn. */
export type TurnSpend = { readonly usage: Usage; readonly costMicroUsd: number; readonly savedMicroUsd?: number };

const spent = (head: RunHead, turn: TurnSpend) => ({
  turn: head.turn + 1,
  failures: 0,
  ...(head.fruitless === undefined ? {} : { fruitless: 0 }),
  inDoubt: head.inDoubt,
  possibleMicroUsd: head.possibleMicroUsd,
  startedAtMs: head.startedAtMs ?? head.claimedAtMs ?? head.createdAtMs,
  spentMicroUsd: head.spentMicroUsd + turn.costMicroUsd,
  ...(turn.savedMicroUsd === undefined ? {} : { savedMicroUsd: (head.savedMicroUsd ?? 0) + turn.savedMicroUsd }),
  inputTokens: head.inputTokens + turn.usage.inputTokens,
  outputTokens: head.outputTokens + turn.usage.outputTokens,
  cacheWrite5mTokens: head.cacheWrite5mTokens + turn.usage.cacheWrite5mTokens,
  cacheWrite1hTokens: head.cacheWrite1hTokens + turn.usage.cacheWrite1hTokens,
  cacheReadTokens: head.cacheReadTokens + turn.usage.cacheReadTokens,
});

/** Commits the turn in flight and reserves the next one. `head` is the holder's own copy. */
export function commitTurn(
  head: RunHead,
  lease: Lease,
  turn: TurnSpend & { readonly nextMicroUsd: number; readonly rerouted?: Rerouted | undefined },
): HeadWrite {
  const { nextMicroUsd, rerouted = {} } = turn;
  return {
    guard: { ...held(lease), turn: head.turn },
    set: { ...spent(head, turn), reservedMicroUsd: nextMicroUsd, nextMicroUsd, ...rerouted },
    remove: FLIGHT_ONLY,
  };
}

/** How a run ends. `ownMs`: its holder's own time, where it is known. */
export type Ending = {
  readonly reason: EndReason;
  readonly detail?: string;
  readonly nowMs: number;
  readonly ownMs?: number | undefined;
};

const endSet = (head: RunHead, ending: Ending) => ({
  state: endStateOf[ending.reason],
  reason: ending.reason,
  endedAtMs: ending.nowMs,
  expiresAt: Math.ceil((ending.nowMs + limits.keepEndedMs) / 1_000),
  reservedMicroUsd: 0,
  activeMs: activeMs(head, ending.nowMs, ending.ownMs),
  ...(ending.detail === undefined ? {} : { detail: ending.detail.slice(0, limits.detailChars) }),
});

const OPEN_ONLY = ["holder", "dueAtMs", "openShard", "wakeId", "parkedFor", "heldFromMs", ...FLIGHT_ONLY] as const;

/** The last commit is also the finish. `nextMicroUsd` is the worst cost of the turn that could not be afforded. */
export function commitAndEnd(
  head: RunHead,
  lease: Lease,
  last: { readonly spend: TurnSpend; readonly ending: Ending; readonly nextMicroUsd?: number | undefined },
): HeadWrite {
  const next = last.nextMicroUsd === undefined ? {} : { nextMicroUsd: last.nextMicroUsd };
  return {
    guard: { ...held(lease), turn: head.turn },
    set: { ...endSet(head, last.ending), ...spent(head, last.spend), ...next },
    remove: OPEN_ONLY,
  };
}

/** Guard of a holder that leaves: with a call in doubt only in the turn of that call, whose commit may have happened unanswered. */
const leaving = (head: RunHead, lease: Lease, callInDoubt: boolean) =>
  callInDoubt ? { ...held(lease), turn: head.turn } : held(lease);

/** The holder ends its run between turns; an open call that it gave up is possible spend. */
export function endHeld(head: RunHead, lease: Lease, ending: Ending & { readonly callInDoubt: boolean }): HeadWrite {
  const inDoubt = ending.callInDoubt || head.flight !== undefined;
  return {
    guard: leaving(head, lease, ending.callInDoubt),
    set: { ...endSet(head, ending), ...(inDoubt ? doubt(head) : bookedDoubts(head)) },
    remove: OPEN_ONLY,
  };
}

/**
 * What a release counts: an interruption, a wait because this run's call met a limit, or a failure. Being interrupted is not
 * failing. `batch` counts nothing, for the turn is in one. Neither do `hold` and `budget`: all runs stand still for a pause or a
 * breaker, or those of a budget that is spent, and only the deadline ends such a wait.
 */
export type ReleaseKind = "interruption" | "wait" | "failure" | "hold" | "budget" | "batch";

/** Counts one interruption: in the run's life, and since its last committed turn. */
export const interrupted = (head: RunHead) => ({
  interruptions: head.interruptions + 1,
  fruitless: (head.fruitless ?? 0) + 1,
});

/** The holder gives a run back with a fresh wake-up; the epoch stays. `parkUntilMs` parks it, `ownMs` is the holder's own time. */
export function release(
  head: RunHead,
  lease: Lease,
  how: { kind: ReleaseKind; wakeId: WakeId; nowMs: number; ownMs?: number; parkUntilMs?: number; callInDoubt: boolean },
): HeadWrite {
  const parked = how.parkUntilMs !== undefined;
  return {
    guard: leaving(head, lease, how.callInDoubt),
    set: {
      state: "QUEUED",
      holder: parked ? keys.parkHolder(head.runId) : keys.queueHolder(head.lane, head.runId),
      dueAtMs: how.parkUntilMs ?? how.nowMs,
      wakeId: how.wakeId,
      ...(parked && how.kind === "budget" ? { parkedFor: "budget" } : {}),
      activeMs: activeMs(head, how.nowMs, how.ownMs),
      ...keptFlight(head),
      ...(how.kind === "interruption" ? interrupted(head) : {}),
      waits: head.waits + (how.kind === "wait" ? 1 : 0),
      failures: head.failures + (how.kind === "failure" ? 1 : 0),
      ...(how.callInDoubt ? doubt(head) : bookedDoubts(head)),
    },
    remove: head.flight === undefined ? ["heldFromMs", ...FLIGHT_ONLY] : ["heldFromMs"],
  };
}

/** Guard of a move by somebody who is not the holder: exactly what was read. */
const asRead = (head: RunHead) =>
  ({
    state: head.state,
    epoch: head.epoch,
    ...(head.holder === undefined ? {} : { holder: head.holder }),
    ...(head.wakeId === undefined ? {} : { wakeId: head.wakeId }),
  }) as const;

/**
 * As read, and the holder stored no turn and no doubt since: the reservation that is booked as doubtful is that of the open call,
 * and is added to all that the holder booked.
 */
const asReadInTurn = (head: RunHead) => ({ ...asRead(head), turn: head.turn, inDoubt: head.inDoubt }) as const;

/** A run of a dead worker goes back to the queue; its open call is in doubt. Nothing is known of its last sign of life. */
export function reclaim(head: RunHead, wakeId: WakeId, nowMs: number): HeadWrite {
  return movedFromOutside(head, {
    guard: asReadInTurn(head),
    set: {
      state: "QUEUED",
      epoch: head.epoch + 1,
      holder: keys.queueHolder(head.lane, head.runId),
      dueAtMs: nowMs,
      wakeId,
      activeMs: activeMs(head, nowMs),
      ...interrupted(head),
      ...keptFlight(head),
      ...(mayBeOpen(head) ? doubt(head) : {}),
    },
    remove: ["heldFromMs"],
  });
}

/** Ends a run from outside: a queued or parked one at once, a running one by force. */
export function endFromOutside(head: RunHead, ending: Ending): HeadWrite {
  const open = mayBeOpen(head) || (head.flight !== undefined && head.reservedMicroUsd > 0);
  return movedFromOutside(head, {
    guard: asReadInTurn(head),
    set: { ...endSet(head, ending), epoch: head.epoch + 1, ...(open ? doubt(head) : {}) },
    remove: OPEN_ONLY,
  });
}

/** Marks a running run for cancel; after `cancelGraceMs` the watch forces it. */
export function markCancel(head: RunHead, nowMs: number): HeadWrite {
  return {
    guard: asRead(head),
    set: { cancelRequestedAtMs: nowMs, dueAtMs: nowMs + limits.cancelGraceMs },
  };
}

/** Queues a parked run again, or sends a queued run's lost wake-up again: a fresh id makes every older message stale. */
export function wakeAgain(head: RunHead, wakeId: WakeId, nowMs: number): HeadWrite {
  const set = { holder: keys.queueHolder(head.lane, head.runId), dueAtMs: nowMs, wakeId };
  return { guard: asRead(head), set, remove: ["parkedFor"] };
}

/** What a redrive gives a run; `core/redrive.ts` says which runs may have it. */
export type Redriven = {
  readonly wakeId: WakeId;
  readonly nowMs: number;
  readonly deadlineAtMs: number;
  readonly timeoutMs: number;
  readonly budgetMicroUsd: number;
};

const END = ["reason", "detail", "endedAtMs", "expiresAt", "cancelRequestedAtMs", "deadLetters", "fruitless"] as const;

/** Queues an ended run again after its last committed turn. What was spent, done and doubted stays; limiting counters begin anew. */
export function redrive(head: RunHead, to: Redriven): HeadWrite {
  return movedFromOutside(head, {
    guard: asReadInTurn(head),
    set: {
      state: "QUEUED",
      epoch: head.epoch + 1,
      holder: keys.queueHolder(head.lane, head.runId),
      dueAtMs: to.nowMs,
      openShard: keys.openShard(head.runId),
      wakeId: to.wakeId,
      deadlineAtMs: to.deadlineAtMs,
      timeoutMs: to.timeoutMs,
      budgetMicroUsd: to.budgetMicroUsd,
      failures: 0,
      interruptions: 0,
      waits: 0,
    },
    remove: END,
  });
}
