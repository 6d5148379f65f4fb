/** Heads and deltas as the API shows them. */
import { type RunView, type TurnView, turnView } from "../contract/http.ts";
import type { RunHead } from "../contract/run.ts";
import type { TurnDelta } from "../contract/turn.ts";
import { reasonsOf } from "../core/route-text.ts";
import type { HistoryStore } from "../ports/history-store.ts";
import { inParallel } from "./in-parallel.ts";

/** A time of the wire. */
export const isoTime = (ms: number): string => new Date(ms).toISOString();

/** A run; `output` is that of its last turn. */
export function viewOf(head: RunHead, output?: RunView["output"]): RunView {
  const { inputTokens, outputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens } = head;
  const { budgetMicroUsd, spentMicroUsd, reservedMicroUsd, possibleMicroUsd, savedMicroUsd = 0 } = head;
  return {
    id: head.runId,
    tenant: head.tenant,
    agent: head.agent,
    lane: head.lane,
    state: head.state,
    ...(head.reason === undefined ? {} : { reason: head.reason }),
    ...(head.detail === undefined ? {} : { detail: head.detail }),
    turns: head.turn - 1,
    ...(head.model === undefined ? {} : { model: head.model }),
    because: [...reasonsOf(head.route)],
    createdAt: isoTime(head.createdAtMs),
    ...(head.startedAtMs === undefined ? {} : { startedAt: isoTime(head.startedAtMs) }),
    ...(head.endedAtMs === undefined ? {} : { endedAt: isoTime(head.endedAtMs) }),
    deadlineAt: isoTime(head.deadlineAtMs),
    ...(head.relaxed === true ? { deadline: "relaxed" as const } : {}),
    cancelRequested: head.cancelRequestedAtMs !== undefined,
    usage: { inputTokens, outputTokens, cacheWrite5mTokens, cacheWrite1hTokens, cacheReadTokens },
    cost: { budgetMicroUsd, spentMicroUsd, reservedMicroUsd, possibleMicroUsd, savedMicroUsd },
    failures: head.failures,
    interruptions: head.interruptions,
    rateLimitWaits: head.waits,
    turnsInDoubt: head.inDoubt,
    deadLetters: head.deadLetters ?? 0,
    ...(output === undefined ? {} : { output }),
  };
}

/** The output of a run that succeeded: on its last committed turn. */
async function outputOf(history: HistoryStore, head: RunHead): Promise<RunView["output"]> {
  if (head.state !== "SUCCEEDED") return undefined;
  const [last] = await history.deltas(head.runId, head.turn - 1, head.turn);
  return last?.output;
}

/** Views with outputs: one more read for each run that succeeded. */
export const viewsOf = (history: HistoryStore, heads: readonly RunHead[]): Promise<RunView[]> =>
  inParallel(heads, async (head) => viewOf(head, await outputOf(history, head)));

/** A committed turn. */
export const turnViewOf = (delta: TurnDelta): TurnView =>
  turnView.parse({
    turn: delta.turn,
    model: delta.model,
    stopReason: delta.stopReason,
    startedAt: isoTime(delta.startedAtMs),
    endedAt: isoTime(delta.endedAtMs),
    costMicroUsd: delta.costMicroUsd,
    via: delta.via,
    savedMicroUsd: delta.savedMicroUsd,
    usage: delta.usage,
    messages: delta.messages,
    messageId: delta.messageId,
    requestId: delta.requestId,
    step: delta.step,
    flaw: delta.flaw,
    climb: delta.climb,
  });
