/** Values of the contract with sensible fields; a test overrides the ones that it is about. */
import { randomUUID } from "node:crypto";
import type { WorkerBeat } from "../../services/contract/fleet.ts";
import type { ApiKey } from "../../services/contract/keys.ts";
import type { WakeMessage } from "../../services/contract/messages.ts";
import type { RunHead, Usage } from "../../services/contract/run.ts";
import type { TurnDelta } from "../../services/contract/turn.ts";
import { type Accepted, admit } from "../../services/core/admission.ts";
import { aDigest, anAgentName, aRunId, aTenant, aWakeId, aWorkerId } from "./ids.ts";

/** A fixed time, so that a value of a test does not depend on the day that it runs: 2026-10-01T00:00:00Z. */
export const aTimeMs = Date.UTC(2026, 9, 1);

/** What is known of a run when it is accepted. */
export function anAccepted(overrides: Partial<Accepted> = {}): Accepted {
  return {
    runId: aRunId(),
    tenant: aTenant(),
    agent: anAgentName(),
    lane: "normal",
    spec: aDigest(),
    input: aDigest(),
    body: aDigest(),
    wakeId: aWakeId(),
    nowMs: aTimeMs,
    timeoutMs: 60_000,
    nextMicroUsd: 1_000,
    ...overrides,
  };
}

/** A head as `admit` makes it (queued, turn 1), with overrides. */
export function aHead(overrides: Partial<RunHead> = {}): RunHead {
  const { runId = aRunId(), tenant = aTenant(), createdAtMs = aTimeMs } = overrides;
  return { ...admit(anAccepted({ runId, tenant, nowMs: createdAtMs })), ...overrides };
}

/** A queued head and the wake-up that claims it. */
export function aQueuedRun(overrides: Partial<RunHead> = {}): { head: RunHead; wake: WakeMessage } {
  const wakeId = aWakeId();
  const head = aHead({ wakeId, ...overrides });
  return { head, wake: aWake({ runId: head.runId, wakeId: head.wakeId ?? wakeId, deadlineAtMs: head.deadlineAtMs }) };
}

export function aWake(overrides: Partial<WakeMessage> = {}): WakeMessage {
  return {
    v: 1,
    runId: aRunId(),
    wakeId: aWakeId(),
    remainingMs: 60_000,
    deadlineAtMs: aTimeMs + 3_600_000,
    ...overrides,
  };
}

export function aUsage(overrides: Partial<Usage> = {}): Usage {
  return {
    inputTokens: 100,
    outputTokens: 20,
    cacheWrite5mTokens: 0,
    cacheWrite1hTokens: 0,
    cacheReadTokens: 0,
    ...overrides,
  };
}

/** A delta of one user message and one answer. */
export function aDelta(overrides: Partial<TurnDelta> = {}): TurnDelta {
  return {
    runId: aRunId(),
    turn: 1,
    epoch: 1,
    messages: [
      { role: "user", content: "How many lines?" },
      { role: "assistant", content: [{ type: "text", text: "Twelve." }] },
    ],
    model: "claude-haiku-5-5",
    messageId: `msg_${randomUUID()}`,
    stopReason: "end_turn",
    usage: aUsage(),
    costMicroUsd: 20,
    startedAtMs: aTimeMs,
    endedAtMs: aTimeMs + 1_000,
    ...overrides,
  };
}

export function aBeat(overrides: Partial<WorkerBeat> = {}): WorkerBeat {
  return {
    workerId: aWorkerId(),
    counter: 1,
    pool: "local",
    slots: 10,
    active: 0,
    mode: "RUNNING",
    startedAtMs: aTimeMs,
    host: "host-1",
    version: "test",
    ...overrides,
  };
}

export function anApiKey(overrides: Partial<ApiKey> = {}): ApiKey {
  return {
    id: randomUUID(),
    hash: aDigest(),
    tenant: aTenant(),
    role: "tenant",
    name: "test key",
    createdAtMs: aTimeMs,
    ...overrides,
  };
}
