/** How a run leaves this worker: ended, or given back with a fresh wake-up. Write first, then send, then delete. */
import type { EndReason, RequeueReason } from "../contract/failures.ts";
import { wakeId } from "../contract/ids.ts";
import type { RunHead } from "../contract/run.ts";
import { endFromOutside, endHeld, type ReleaseKind, release, wakeOf } from "../core/lifecycle.ts";
import { toldEnd } from "../core/told-run.ts";
import type { ActiveRun } from "./active-run.ts";
import type { WorkerDeps } from "./deps.ts";
import { sendWake } from "./send-wake.ts";
import { settledWrite } from "./settled-write.ts";

type EndArgs = { readonly reason: EndReason; readonly detail?: string | undefined; readonly callInDoubt: boolean };

/** Deletes the message in flight. A failure only means that it comes back once and is dropped then. */
export async function deleteMessage(deps: WorkerDeps, run: ActiveRun): Promise<void> {
  if (run.receipt === undefined) return;
  try {
    await deps.queue.delete(run.lane, [run.receipt]);
  } catch (error) {
    deps.events.emit("store.failed", { operation: "delete message", message: String(error) });
  }
}

/** Ends the run between turns. */
export async function endRun(deps: WorkerDeps, run: ActiveRun, end: EndArgs): Promise<void> {
  const ending = {
    reason: end.reason,
    nowMs: deps.clock.nowMs(),
    ownMs: run.ownMs,
    ...(end.detail === undefined ? {} : { detail: end.detail }),
  };
  const head = await settledWrite(deps, run, endHeld(run.head, run.lease, { ...ending, callInDoubt: end.callInDoubt }));
  if (head === undefined) return;
  deps.events.emit("run.ended", toldEnd(head, end.reason));
  await deleteMessage(deps, run);
}

/** `because` is told where the kind alone does not say it. */
type ReleaseArgs = {
  readonly kind: ReleaseKind;
  readonly callInDoubt: boolean;
  readonly parkForMs?: number;
  readonly because?: RequeueReason;
};

const requeueReason = {
  interruption: "drain",
  wait: "rate-limited",
  hold: "rate-limited",
  budget: "budget-exhausted",
  failure: "model-failure",
  batch: "batch",
} as const;

/** A cancel that came while the run was given back: nobody holds it now, so it ends here. False: somebody else has it. */
async function endCancelled({ runs, clock, events }: WorkerDeps, head: RunHead): Promise<boolean> {
  const write = endFromOutside(head, { reason: "cancelled-by-user", nowMs: clock.nowMs() });
  const outcome = await runs.write(head.runId, write).catch(() => undefined);
  if (outcome?.kind !== "written") return false;
  events.emit("run.ended", toldEnd(outcome.head, "cancelled-by-user"));
  return true;
}

/** Gives the run back: another worker resumes it at the next turn. A parked run is woken by the sweep. */
export async function releaseRun(deps: WorkerDeps, run: ActiveRun, how: ReleaseArgs): Promise<void> {
  const nowMs = deps.clock.nowMs();
  const wake = wakeId.parse(`k_${deps.chance.id()}`);
  const parked = how.parkForMs === undefined ? {} : { parkUntilMs: nowMs + how.parkForMs };
  const write = release(run.head, run.lease, {
    kind: how.kind,
    wakeId: wake,
    nowMs,
    ownMs: run.ownMs,
    callInDoubt: how.callInDoubt,
    ...parked,
  });
  const head = await settledWrite(deps, run, write);
  if (head === undefined) return;
  if (head.cancelRequestedAtMs !== undefined && (await endCancelled(deps, head))) return deleteMessage(deps, run);
  deps.events.emit("run.requeued", {
    runId: head.runId,
    tenant: head.tenant,
    reason: how.because ?? requeueReason[how.kind],
    turn: head.turn,
  });
  if (how.parkForMs === undefined) await sendWake(deps, run.lane, wakeOf(head, wake));
  await deleteMessage(deps, run);
}
