/** The first head of an accepted run. */
import type { AgentName, Digest, Lane, RunId, TenantId, WakeId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { noUsage, type RunHead } from "../contract/run.ts";
import { keys } from "../contract/tables.ts";

/** What is known of a run when it is accepted. */
export type Accepted = {
  readonly runId: RunId;
  readonly tenant: TenantId;
  readonly agent: AgentName;
  readonly lane: Lane;
  readonly spec: Digest;
  readonly input: Digest;
  readonly body: Digest;
  readonly wakeId: WakeId;
  readonly nowMs: number;
  readonly timeoutMs: number;
  readonly deadlineMs?: number | undefined;
  /** Its turns may take hours each. */
  readonly relaxed?: boolean;
  readonly budgetMicroUsd?: number | undefined;
  readonly nextMicroUsd: number;
  readonly model?: string;
  readonly route?: string;
};

/** A queued head; `dueAtMs` is the time of its first send. */
export function admit(run: Accepted): RunHead {
  const { nowMs, deadlineMs, budgetMicroUsd, ...given } = run;
  return {
    v: 1,
    ...given,
    state: "QUEUED",
    epoch: Math.floor(nowMs / 1_000),
    nonce: "",
    turn: 1,
    holder: keys.queueHolder(run.lane, run.runId),
    dueAtMs: nowMs,
    openShard: keys.openShard(run.runId),
    createdAtMs: nowMs,
    deadlineAtMs: nowMs + (deadlineMs ?? (run.relaxed === true ? limits.deadlineMaxMs : limits.deadlineDefaultMs)),
    activeMs: 0,
    budgetMicroUsd: budgetMicroUsd ?? limits.budgetDefaultMicroUsd,
    spentMicroUsd: 0,
    reservedMicroUsd: 0,
    possibleMicroUsd: 0,
    ...noUsage,
    failures: 0,
    interruptions: 0,
    waits: 0,
    inDoubt: 0,
  };
}
