/** One turn's model call, with waits and tries inside the slot. */
import { limits } from "../contract/limits.ts";
import { limitClassOf } from "../contract/models.ts";
import type { Message } from "../contract/turn.ts";
import type { AgentSpec } from "../core/agent.ts";
import { doubt, isAffordable, storeDoubts } from "../core/held-run.ts";
import { isFirstOnModel } from "../core/route-text.ts";
import type { ModelAnswer, ModelFailure } from "../ports/model.ts";
import type { ActiveRun } from "./active-run.ts";
import { type AfterFailure, afterFailure } from "./after-failure.ts";
import type { CallEnd } from "./call-end.ts";
import type { WorkerDeps } from "./deps.ts";
import { endedBy } from "./ended-by.ts";
import type { Freshness } from "./freshness.ts";
import type { Permit, Taken } from "./gate-parts.ts";
import { paidPermit } from "./paid-permit.ts";
import type { Permits } from "./permits.ts";
import type { Saved } from "./prompt-savings.ts";
import type { Purse } from "./purse.ts";
import { requestOf } from "./request-of.ts";
import { settledWrite } from "./settled-write.ts";

/** What an answer cost that did not come from a call of its own, and what such a call would have cost more. */
export type Paid = { readonly via: "memo" | "batch"; readonly costMicroUsd: number; readonly savedMicroUsd: number };

export type CallOutcome =
  | { readonly kind: "answered"; readonly answer: ModelAnswer; readonly startedAtMs: number; readonly paid?: Paid }
  | {
      readonly kind: "gave-up";
      readonly failure: ModelFailure;
      readonly after: Extract<AfterFailure, { kind: "park" | "end" }>;
    }
  /** No call of this class starts for so long that the run is to be parked, or a budget of others than the run is spent. */
  | { readonly kind: "held"; readonly waitMs: number; readonly why: "hold" | "budget" | "batch" }
  /** Nothing is to be written any more: the run is parked. */
  | { readonly kind: "left" }
  /** Drained or stopped; `callInDoubt` when a call was open and may be billed. */
  | { readonly kind: "interrupted"; readonly callInDoubt: boolean };

type Call = Saved & { readonly run: ActiveRun; readonly spec: AgentSpec; readonly messages: readonly Message[] };

/** For an estimate that the answer's usage corrects. */
const CHARS_PER_TOKEN = 4;
/** Runs that are parked for the same reason come back spread over a quarter of their wait. */
const PARK_SPREAD = 0.25;

/** Uncached input of the call: what came since the last answer; the prefix before it is read from the cache. */
function estimateInput({ run, spec, messages }: Call): number {
  const fresh = isFirstOnModel(run.head) ? [spec.system, spec.tools, messages] : messages.slice(-2);
  return Math.ceil(JSON.stringify(fresh).length / CHARS_PER_TOKEN);
}

/** Makes the call and settles its permit, however it ends. */
async function callOnce(deps: WorkerDeps, call: Call, permit: Permit): Promise<ModelAnswer | ModelFailure> {
  let end: CallEnd = { kind: "failed", code: "connection", message: "the call broke", billed: "maybe" };
  try {
    end = await send(deps, call, permit);
    return end;
  } finally {
    permit.settle(end);
  }
}

async function send(deps: WorkerDeps, call: Call, permit: Permit): Promise<ModelAnswer | ModelFailure> {
  const { run, onBegin } = call;
  const { signal, over } = endedBy(run.signal);
  let late = false;
  const abortWhenLate = async () => {
    await deps.clock.sleep(limits.turnMs, signal);
    late = !signal.aborted;
    over();
  };
  abortWhenLate();
  run.open = true;
  run.liveText = "";
  try {
    const request = { ...requestOf(call), platform: permit.platform };
    const answer = await deps.model.call(request, {
      signal,
      idleMs: limits.modelIdleMs,
      onRates: (said) => permit.heard(said),
      onBegin: () => {
        permit.began();
        onBegin?.();
      },
      onText: (text) => {
        if (run.liveText.length < limits.liveChars) run.liveText += text;
      },
    });
    if (answer.kind === "failed" && answer.code === "aborted" && late) {
      return { ...answer, code: "idle-stream", message: `the call did not end within ${limits.turnMs} ms` };
    }
    return answer;
  } finally {
    over();
  }
}

/** A failed call that may be billed is booked on the holder's copy; the next write stores it. */
function book(run: ActiveRun, failure: ModelFailure): void {
  if (failure.billed === "maybe") run.head = { ...run.head, ...doubt(run.head) };
}

/** What calls are made with. */
export type CallContext = {
  readonly deps: WorkerDeps;
  readonly freshness: Freshness;
  readonly permits: Permits;
  readonly purse: Purse;
};

type Held = Extract<CallOutcome, { kind: "held" }>;

/** Draws from the budgets that the run shares with others, then waits for the fleet's rate. */
async function permitOf(context: CallContext, call: Call): Promise<Exclude<Taken, { kind: "held" }> | Held> {
  const { run, spec } = call;
  const { tenant, reservedMicroUsd } = run.head;
  const draw = await context.purse.draw({ tenant, microUsd: reservedMicroUsd, signal: run.waitSignal });
  if (draw.kind !== "drawn") return draw.kind === "held" ? { kind: "held", waitMs: draw.waitMs, why: "budget" } : draw;
  const taken = await rateOf(context, call);
  if (taken.kind === "permit") {
    const atMs = context.deps.clock.nowMs();
    return paidPermit(draw, taken, { model: spec.model, reservedMicroUsd, atMs });
  }
  draw.settle(0);
  return taken.kind === "held" ? { kind: "held", waitMs: taken.waitMs, why: "hold" } : taken;
}

/** Waits for the fleet's rate. The permit is of no use when the worker has fallen silent, or the run is to leave, meanwhile. */
async function rateOf({ deps, freshness, permits }: CallContext, call: Call): Promise<Taken> {
  const { run, spec } = call;
  const taken = await permits.take({
    ...{ run, lane: run.lane, limitClass: limitClassOf(spec.model), signal: run.waitSignal },
    estimate: { inputTokens: estimateInput(call), outputTokens: spec.maxTokens },
  });
  if (taken.kind === "held") {
    // All of a crowd of parked runs come back at the same time otherwise.
    return { ...taken, waitMs: Math.ceil(taken.waitMs * (1 + deps.chance.fraction() * PARK_SPREAD)) };
  }
  if (taken.kind !== "permit" || (freshness.fresh && !run.draining && run.stopReason === undefined)) return taken;
  taken.settle({ kind: "unused" });
  return { kind: "stopped" };
}

/** Calls until there is an answer, the run is interrupted, or the failures say park or end. */
export async function callModel(context: CallContext, call: Call): Promise<CallOutcome> {
  const { deps, freshness } = context;
  const { run } = call;
  let waits = 0;
  while (!run.draining && (await freshness.untilFresh(run.waitSignal))) {
    if (run.stopReason !== undefined) break;
    const permit = await permitOf(context, call);
    if (permit.kind === "held") return permit;
    if (permit.kind === "stopped") continue;
    const startedAtMs = deps.clock.nowMs();
    const answer = await callOnce(deps, call, permit);
    if (answer.kind === "answer") return { kind: "answered", answer, startedAtMs };
    const after = afterFailure(answer, { failures: run.head.failures, waits }, deps.chance.fraction());
    if (after.kind === "stopped") return { kind: "interrupted", callInDoubt: true };
    deps.events.emit("model.failed", {
      runId: run.head.runId,
      turn: run.head.turn,
      code: answer.code,
      message: answer.message,
    });
    if (answer.billed === "maybe") deps.events.emit("turn.doubtful", { runId: run.head.runId, turn: run.head.turn });
    book(run, answer);
    run.open = false;
    if (after.kind !== "retry") return { kind: "gave-up", failure: answer, after };
    if (after.counts === "failure") run.head = { ...run.head, failures: run.head.failures + 1 };
    else waits++;
    if (answer.billed === "maybe") {
      if (!isAffordable(run.head))
        return { kind: "gave-up", failure: answer, after: { kind: "end", reason: "budget" } };
      const stored = await settledWrite(deps, run, storeDoubts(run));
      if (stored === undefined) {
        run.stop("fenced");
        break;
      }
      run.head = stored;
    }
    await deps.clock.sleep(after.waitMs, run.waitSignal);
  }
  return { kind: "interrupted", callInDoubt: false };
}
