/** One claimed run from its next turn to its end or its release. */
import { limits } from "../contract/limits.ts";
import type { Message, TurnDelta } from "../contract/turn.ts";
import { activeMs } from "../core/active-time.ts";
import { classifierOf, classifyPrompt } from "../core/classify.ts";
import { costOf, promptTokens } from "../core/cost.ts";
import { isAffordable } from "../core/held-run.ts";
import { commitAndEnd, commitTurn } from "../core/lifecycle.ts";
import { backoffMs } from "../core/retry.ts";
import { StoreOutage } from "../core/store-outage.ts";
import { toldEnd } from "../core/told-run.ts";
import { OVER } from "../ports/clock.ts";
import type { ActiveRun, StopReason } from "./active-run.ts";
import { advance } from "./advance.ts";
import type { AfterTurn } from "./after-turn.ts";
import { announceMarks } from "./announce-marks.ts";
import type { Batches } from "./batches.ts";
import { pendingTools } from "./conversation.ts";
import type { WorkerDeps } from "./deps.ts";
import { classifierTurn, conversationTurn, type EndOfTurn } from "./end-of-turn.ts";
import { deleteMessage, endRun, releaseRun } from "./leave-run.ts";
import { loadOrLeave } from "./load-or-leave.ts";
import type { LoadedRun } from "./load-run.ts";
import type { Memo } from "./memo.ts";
import { type CallContext, type CallOutcome, callModel } from "./model-call.ts";
import type { PromptSavings } from "./prompt-savings.ts";
import { answered, settledWrite } from "./settled-write.ts";
import { runTools } from "./tool-calls.ts";

/** Which end or release a stop means; a run that is not ours any more is left without a write. */
async function leaveStopped(deps: WorkerDeps, run: ActiveRun, reason: StopReason | undefined, callInDoubt: boolean) {
  switch (reason) {
    case "fenced":
    case "buried":
      return;
    case "cancel":
      return endRun(deps, run, { reason: "cancelled-by-user", callInDoubt });
    case "active-timeout":
      return endRun(deps, run, {
        reason: "active-timeout",
        detail: `active longer than ${run.head.timeoutMs} ms`,
        callInDoubt,
      });
    case "deadline":
      return endRun(deps, run, { reason: "deadline", detail: "the wall-clock deadline has passed", callInDoubt });
    case "drain":
    case undefined:
      return releaseRun(deps, run, { kind: "interruption", callInDoubt });
  }
}

/** Stops the run at the earlier of its two clocks; one timer a run. Its active time goes on by the worker's own time only. */
async function watchClocks(deps: WorkerDeps, run: ActiveRun, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    const nowMs = deps.clock.nowMs();
    const activeLeft = run.head.timeoutMs - activeMs(run.head, nowMs, run.ownMs);
    const wallLeft = run.head.deadlineAtMs - nowMs;
    if (Math.min(activeLeft, wallLeft) <= 0) return run.stop(wallLeft <= activeLeft ? "deadline" : "active-timeout");
    await deps.clock.sleep(Math.min(activeLeft, wallLeft), over);
  }
}

type RunContext = CallContext & { readonly prompts: PromptSavings; readonly memo: Memo; readonly batches: Batches };
type Answered = Extract<CallOutcome, { kind: "answered" }>;
type Unanswered = Exclude<CallOutcome, Answered>;

/** Delta first, then the head: the commit that makes the turn count, reserves the next one, or ends the run. */
async function commit(deps: WorkerDeps, run: ActiveRun, turn: Answered & { loaded: LoadedRun; endOf: EndOfTurn }) {
  const { loaded, answer, paid } = turn;
  const priced = costOf(answer.pricedAs ?? loaded.spec.model, answer.usage, { atMs: turn.startedAtMs });
  const costMicroUsd = paid?.costMicroUsd ?? (priced.kind === "priced" ? priced.microUsd : run.head.reservedMicroUsd);
  const { after, appended, rerouted } = turn.endOf(costMicroUsd);
  const delta: TurnDelta = {
    runId: run.head.runId,
    turn: run.head.turn,
    epoch: run.lease.epoch,
    ...appended,
    model: answer.model,
    messageId: answer.messageId,
    ...(answer.requestId === undefined ? {} : { requestId: answer.requestId }),
    stopReason: answer.stopReason,
    usage: answer.usage,
    costMicroUsd,
    ...(paid === undefined ? {} : { via: paid.via, savedMicroUsd: paid.savedMicroUsd }),
    startedAtMs: turn.startedAtMs,
    endedAtMs: deps.clock.nowMs(),
    ...(after.kind === "end" && after.output !== undefined ? { output: after.output } : {}),
  };
  await answered(deps, { operation: "put turn", call: () => deps.history.putDelta(delta) });
  const saved = paid === undefined ? {} : { savedMicroUsd: paid.savedMicroUsd };
  const spend = { usage: answer.usage, costMicroUsd, ...saved };
  const write =
    after.kind === "go-on"
      ? commitTurn(run.head, run.lease, { ...spend, nextMicroUsd: after.nextMicroUsd, rerouted })
      : commitAndEnd(run.head, run.lease, {
          spend,
          ending: endingOf(after, { nowMs: delta.endedAtMs, ownMs: run.ownMs }),
          nextMicroUsd: after.nextMicroUsd,
        });
  const head = await settledWrite(deps, run, write);
  if (head === undefined) return undefined;
  deps.events.emit("turn.committed", {
    runId: delta.runId,
    turn: delta.turn,
    model: delta.model,
    costMicroUsd,
    ...saved,
    inputTokens: promptTokens(answer.usage),
    outputTokens: answer.usage.outputTokens,
    endedAtMs: delta.endedAtMs,
    ms: delta.endedAtMs - delta.startedAtMs,
  });
  announceMarks(deps.events, run.head, head);
  advance(deps.events, loaded, { delta, head });
  run.head = head;
  run.open = false;
  return after;
}

const endingOf = (after: Extract<AfterTurn, { kind: "end" }>, at: { nowMs: number; ownMs: number }) => ({
  reason: after.reason,
  ...at,
  ...(after.detail === undefined ? {} : { detail: after.detail }),
});

/** One turn: tools that the last answer asked for, the call, the commit. Gives false when the run has left. */
async function turn(context: RunContext, run: ActiveRun, loaded: LoadedRun): Promise<boolean> {
  const { deps, freshness } = context;
  const uses = pendingTools(loaded.messages);
  const fresh: Message[] = loaded.messages.length === 0 ? [...loaded.opening] : [];
  if (uses.length > 0) {
    // An effect begins only while the heartbeat is fresh, and none once the run is to leave.
    const mayAct = async () =>
      (await freshness.untilFresh(run.waitSignal)) && !run.draining && run.stopReason === undefined;
    if (!(await mayAct())) {
      await leaveStopped(deps, run, run.stopReason, false);
      return false;
    }
    const { spec, agent, input } = loaded;
    const sent = await context.batches.sentResults(run);
    const results = sent ?? (await runTools(deps, { run, spec, agent, input, mayAct }, uses));
    fresh.push(results);
  }
  const messages = [...loaded.messages, ...fresh];
  const asking = { ...loaded, messages };
  const { spec } = loaded;
  const outcome = await context.memo.around(run, asking, () =>
    context.batches.around(run, { ...asking, ...context.prompts.marks(run, asking) }, () =>
      context.prompts.around(run, asking, (saved) => callModel(context, { run, spec, messages, ...saved })),
    ),
  );
  if (outcome.kind !== "answered") return leaveUnanswered(deps, run, outcome);
  const endOf = conversationTurn(run.head, asking, { answer: outcome.answer, fresh: fresh.length });
  return afterCommit(deps, run, await commit(deps, run, { ...outcome, loaded, endOf }));
}

/** The first turn of a run whose class nothing else says: the classifier is asked, as metered and recorded as any call. */
async function classify(context: RunContext, run: ActiveRun, loaded: LoadedRun): Promise<boolean> {
  const { deps } = context;
  const asked = classifyPrompt(loaded.spec, loaded.opening);
  const spec = { ...loaded.spec, ...classifierOf(loaded.spec.model) };
  const outcome = await callModel(context, { run, spec, messages: [asked] });
  if (outcome.kind !== "answered") return leaveUnanswered(deps, run, outcome);
  const endOf = classifierTurn(run.head, loaded, { asked, answer: outcome.answer });
  return afterCommit(deps, run, await commit(deps, run, { ...outcome, loaded, endOf }));
}

/** A call without an answer: the run is given back, parked or ended. */
async function leaveUnanswered(deps: WorkerDeps, run: ActiveRun, outcome: Unanswered): Promise<false> {
  if (outcome.kind === "left") return false;
  if (outcome.kind === "interrupted") {
    await leaveStopped(deps, run, run.stopReason, outcome.callInDoubt);
    return false;
  }
  if (outcome.kind === "held") {
    await releaseRun(deps, run, { kind: outcome.why, callInDoubt: false, parkForMs: outcome.waitMs });
    return false;
  }
  if (outcome.kind === "gave-up") {
    const detail = `${outcome.failure.code}: ${outcome.failure.message}`.slice(0, limits.detailChars);
    const { after } = outcome;
    if (after.kind === "park" && after.counts === "wait" && run.head.waits >= limits.waitsMax) {
      await endRun(deps, run, { reason: "too-many-waits", detail, callInDoubt: false });
    } else if (after.kind === "park") {
      await releaseRun(deps, run, { kind: after.counts, callInDoubt: false, parkForMs: after.waitMs });
    } else await endRun(deps, run, { reason: after.reason, detail, callInDoubt: false });
  }
  return false;
}

/** Tells of a run that its last commit ended. Gives whether it goes on here. */
async function afterCommit(deps: WorkerDeps, run: ActiveRun, after: AfterTurn | undefined): Promise<boolean> {
  if (after?.kind === "end") {
    deps.events.emit("run.ended", toldEnd(run.head, after.reason));
    await deleteMessage(deps, run);
  }
  if (run.head.cancelRequestedAtMs !== undefined) run.stop("cancel");
  return after?.kind === "go-on";
}

/** A commit without an answer may have happened: then its call is not in doubt, and the next turn is the one to leave at. */
async function lookAtCommit(deps: WorkerDeps, run: ActiveRun): Promise<void> {
  if (!run.open) return;
  const { runId, turn } = run.head;
  const [head] = await deps.runs.read([runId], deps.clock.nowMs()).catch(() => []);
  if (head === undefined || head.epoch !== run.lease.epoch || head.turn <= turn) return;
  run.head = head;
  run.stored = head;
  run.open = false;
}

const overBudget = ({ head }: ActiveRun) =>
  ({ reason: "budget", detail: `${head.possibleMicroUsd} micro-USD may have been spent by calls in doubt` }) as const;

/**
 * A store that does not answer is not the run's failure: the run waits parked, and only its deadline ends that. A call that is lost
 * in it is an interruption, which has a limit. Any other fault is ours, and counts as a failure, so that no run circles for ever.
 */
async function leaveFaulty(deps: WorkerDeps, run: ActiveRun, error: unknown): Promise<void> {
  const detail = error instanceof Error ? error.message : String(error);
  deps.events.emit("store.failed", { operation: "run", message: detail });
  await lookAtCommit(deps, run);
  const { failures, fruitless = 0 } = run.head;
  const callInDoubt = run.open;
  let left: Promise<void>;
  if (error instanceof StoreOutage && callInDoubt && fruitless >= limits.interruptionsMax)
    left = endRun(deps, run, { reason: "too-many-interruptions", detail, callInDoubt });
  else if (error instanceof StoreOutage) {
    const kind = callInDoubt ? "interruption" : "hold";
    const parkForMs = Math.floor(deps.chance.fraction() * limits.outageParkMs);
    left = releaseRun(deps, run, { kind, callInDoubt, parkForMs, because: "store-outage" });
  } else if (failures + 1 >= limits.failuresMax)
    left = endRun(deps, run, { reason: "too-many-failures", detail, callInDoubt });
  else {
    const backoff = { baseMs: limits.retryBaseMs, maxMs: limits.parkMaxMs };
    const parkForMs = backoffMs(failures, backoff, deps.chance.fraction());
    left = releaseRun(deps, run, { kind: "failure", callInDoubt, parkForMs });
  }
  await left.catch(() => undefined);
}

/** Runs until the run has left this worker. Never throws: what it cannot write, others reclaim. */
export async function runAgent(
  context: RunContext,
  run: ActiveRun,
  load: () => Promise<LoadedRun | undefined>,
): Promise<void> {
  const { deps } = context;
  const over = new AbortController();
  watchClocks(deps, run, over.signal);
  try {
    const loading = await loadOrLeave(deps, run, load);
    if (loading.kind === "leave") return await leaveStopped(deps, run, run.stopReason, false);
    const { loaded } = loading;
    if (loaded === undefined) {
      return await endRun(deps, run, {
        reason: "input-missing",
        detail: "input, agent or history is not in the store",
        callInDoubt: false,
      });
    }
    if (run.head.cancelRequestedAtMs !== undefined) run.stop("cancel");
    // A claim reserves without reading: what earlier calls in doubt may have cost can leave too little for the next one.
    else if (!isAffordable(run.head)) return await endRun(deps, run, { ...overBudget(run), callInDoubt: false });
    const first = run.head.turn === 1 && loaded.spec.ladder?.classify !== undefined ? classify : turn;
    for (let go = await first(context, run, loaded); go; go = await turn(context, run, loaded)) {
      if (run.draining || run.stopReason !== undefined) return await leaveStopped(deps, run, run.stopReason, false);
    }
  } catch (error) {
    await leaveFaulty(deps, run, error);
  } finally {
    over.abort(OVER);
  }
}
