/**
 * Keeps the task from scale-in while it has runs. One call a task, never one a run: protected soon after the first run, renewed
 * before it expires, given up after `protectionIdleMs` without runs and at once by a drain. What fails is an event and is tried
 * again; it never stops the worker.
 */
import { limits } from "../contract/limits.ts";
import type { CordonNotice } from "../core/drain.ts";
import type { ProtectionOutcome, TaskProtection } from "../ports/task-protection.ts";
import type { WorkerDeps, WorkerSettings } from "./deps.ts";
import type { Slots } from "./slots.ts";

type Context = {
  readonly deps: WorkerDeps;
  readonly settings: WorkerSettings;
  readonly slots: Slots;
  readonly protection: TaskProtection;
  heed(notice: CordonNotice): void;
};

/** When what is due, by the monotonic clock. `protectedAtMs` is undefined while the task is not known to be protected. */
type State = { protectedAtMs: number | undefined; busyAtMs: number; tryAtMs: number };

/** What the state and the number of runs ask for now. */
function wanted(state: State, active: number, nowMs: number): "protect" | "release" | "nothing" {
  if (nowMs < state.tryAtMs) return "nothing";
  const { protectedAtMs } = state;
  if (active > 0)
    return protectedAtMs === undefined || nowMs - protectedAtMs >= limits.protectionRenewMs ? "protect" : "nothing";
  return protectedAtMs !== undefined && nowMs - state.busyAtMs >= limits.protectionIdleMs ? "release" : "nothing";
}

/** Runs until `draining` aborts, or until the task turns out to be one that cannot be protected. */
export async function protectTask(context: Context, draining: AbortSignal): Promise<void> {
  const { deps, settings, slots, protection } = context;
  const { clock, events } = deps;
  const state: State = { protectedAtMs: undefined, busyAtMs: 0, tryAtMs: 0 };
  const failed = ({ because }: Exclude<ProtectionOutcome, { kind: "done" }>) =>
    events.emit("task-protection.failed", { workerId: settings.workerId, because });

  while (!draining.aborted) {
    const nowMs = clock.monotonicMs();
    if (slots.active > 0) state.busyAtMs = nowMs;
    const wish = wanted(state, slots.active, nowMs);
    if (wish !== "nothing") {
      const outcome = await (wish === "protect" ? protection.protect() : protection.release());
      if (outcome.kind === "done") state.protectedAtMs = wish === "protect" ? nowMs : undefined;
      else {
        failed(outcome);
        state.tryAtMs = nowMs + limits.protectionRetryMs;
        if (outcome.kind === "refused") return;
        // The service wants fewer tasks than are protected: this one finishes what it has, and is stopped then.
        if (outcome.kind === "blocked") context.heed({ kind: "cordon", source: "protection", atMs: clock.nowMs() });
      }
    }
    await clock.sleep(limits.protectionLookMs, draining);
  }
  if (state.protectedAtMs === undefined) return;
  const outcome = await protection.release();
  if (outcome.kind !== "done") failed(outcome);
}
