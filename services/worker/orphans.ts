/**
 * Runs that the index says this worker holds and that it does not execute: a claim whose answer was lost, or a run that it gave
 * up because the store answered none of its writes.
 */
import { type RunId, wakeId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { mayBeOpen } from "../core/flight.ts";
import { release, wakeOf } from "../core/lifecycle.ts";
import type { WorkerDeps, WorkerSettings } from "./deps.ts";
import { sendWake } from "./send-wake.ts";
import type { Slots } from "./slots.ts";

type Context = { readonly deps: WorkerDeps; readonly settings: WorkerSettings; readonly slots: Slots };

async function releaseOrphans({ deps, settings, slots }: Context, ids: readonly RunId[]): Promise<void> {
  const heads = await deps.runs.read(ids, deps.clock.nowMs());
  for (const head of heads) {
    if (head.state !== "RUNNING" || head.holder !== settings.workerId || slots.get(head.runId) !== undefined) continue;
    const wake = wakeId.parse(`k_${deps.chance.id()}`);
    // Whether the reserved call was made is not known any more, so it counts as one that was, as for a dead worker's run.
    const callInDoubt = mayBeOpen(head);
    const how = { kind: "interruption", wakeId: wake, nowMs: deps.clock.nowMs(), callInDoubt } as const;
    const lease = { holder: settings.workerId, epoch: head.epoch };
    const outcome = await deps.runs.write(head.runId, release(head, lease, how));
    if (outcome.kind === "refused") continue;
    if (callInDoubt) deps.events.emit("turn.doubtful", { runId: head.runId, turn: head.turn });
    deps.events.emit("run.requeued", { runId: head.runId, tenant: head.tenant, reason: "orphaned", turn: head.turn });
    await sendWake(deps, head.lane, wakeOf(outcome.head, wake));
  }
}

/** What the index says a worker that leaves still holds, released after one look at the head: nobody will look a second time. */
export async function releaseLeftovers(context: Context): Promise<void> {
  const { deps, settings, slots } = context;
  try {
    const { ids } = await deps.index.byHolder(settings.workerId, Number.MAX_SAFE_INTEGER);
    const idle = ids.filter((id) => slots.get(id) === undefined);
    if (idle.length > 0) await releaseOrphans(context, idle);
  } catch (error) {
    deps.events.emit("store.failed", { operation: "last orphan check", message: String(error) });
  }
}

/** Every `orphanCheckMs`; a run is released only when two checks in a row found it, the second on its head. */
export async function watchOrphans(context: Context, signal: AbortSignal): Promise<void> {
  const { deps, settings, slots } = context;
  let suspects = new Set<RunId>();
  while (!signal.aborted) {
    await deps.clock.sleep(limits.orphanCheckMs, signal);
    if (signal.aborted) return;
    try {
      const { ids } = await deps.index.byHolder(settings.workerId, Number.MAX_SAFE_INTEGER);
      const idle = ids.filter((id) => slots.get(id) === undefined);
      const again = idle.filter((id) => suspects.has(id));
      suspects = new Set(idle);
      if (again.length > 0) await releaseOrphans(context, again);
    } catch (error) {
      deps.events.emit("store.failed", { operation: "orphan check", message: String(error) });
    }
  }
}
