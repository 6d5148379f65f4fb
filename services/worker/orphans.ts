/**
 * Runs that the index says this worker holds and that it does not execute: a claim whose answer was lost, or a run that it gave
 * up because the store answered none of its writes.
 */
import { type RunId, wakeId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import { mayBeOpen } from "../core/flight.ts";
import { release, wakeOf } from "../core/lifecycle.ts";
import type { WorkerDeps, WorkerSettings } from "./deps.ts";
import type { OwnTime } from "./own-time.ts";
import { readHeads } from "./read-heads.ts";
import { sendWake } from "./send-wake.ts";
import type { Slots } from "./slots.ts";

type Context = {
  readonly deps: WorkerDeps;
  readonly settings: WorkerSettings;
  readonly slots: Slots;
  readonly own: OwnTime;
};

/** What the index says this worker holds; not `isWhole` where there are more than `heldPages` pages. */
async function heldIds({ deps, settings }: Context): Promise<{ readonly ids: RunId[]; readonly isWhole: boolean }> {
  const ids: RunId[] = [];
  let after: string | undefined;
  for (let page = 0; page < limits.heldPages; page++) {
    const found = await deps.index.allOfHolder(settings.workerId, after);
    ids.push(...found.ids);
    if (found.next === undefined) return { ids, isWhole: true };
    after = found.next;
  }
  return { ids, isWhole: false };
}

/** Gives whether all of them could be looked at. */
async function releaseOrphans(context: Context, ids: readonly RunId[]): Promise<boolean> {
  let isWhole = true;
  for (let from = 0; from < ids.length; from += limits.readBatchMax) {
    const { heads, unread } = await readHeads(
      context.deps,
      ids.slice(from, from + limits.readBatchMax),
      "read orphans",
    );
    if (unread.size > 0) isWhole = false;
    await releaseThese(context, heads);
  }
  return isWhole;
}

async function releaseThese({ deps, settings, slots, own }: Context, heads: readonly RunHead[]): Promise<void> {
  for (const head of heads) {
    if (head.state !== "RUNNING" || head.holder !== settings.workerId || slots.get(head.runId) !== undefined) continue;
    const wake = wakeId.parse(`k_${deps.chance.id()}`);
    // Whether the reserved call was made is not known any more, so it counts as one that was, as for a dead worker's run.
    const callInDoubt = mayBeOpen(head);
    const at = { nowMs: deps.clock.nowMs(), ownMs: own.nowMs() };
    const how = { kind: "interruption", wakeId: wake, ...at, callInDoubt } as const;
    const lease = { holder: settings.workerId, epoch: head.epoch };
    const outcome = await deps.runs.write(head.runId, release(head, lease, how));
    if (outcome.kind === "refused") continue;
    if (callInDoubt) deps.events.emit("turn.doubtful", { runId: head.runId, turn: head.turn });
    deps.events.emit("run.requeued", { runId: head.runId, tenant: head.tenant, reason: "orphaned", turn: head.turn });
    await sendWake(deps, head.lane, wakeOf(outcome.head, wake));
  }
}

/**
 * What the index says a worker that leaves still holds, released after one look at the head: nobody will look a second time. Gives
 * whether that is all: where it is not, or nobody could say, the worker's item must stay, so that others bury it and look.
 */
export async function releaseLeftovers(context: Context): Promise<boolean> {
  const { deps, slots } = context;
  try {
    const { ids, isWhole } = await heldIds(context);
    const idle = ids.filter((id) => slots.get(id) === undefined);
    return (await releaseOrphans(context, idle)) && isWhole;
  } catch (error) {
    deps.events.emit("store.failed", { operation: "last orphan check", message: String(error) });
    return false;
  }
}

/** Every `orphanCheckMs`; a run is released only when two checks in a row found it, the second on its head. */
export async function watchOrphans(context: Context, signal: AbortSignal): Promise<void> {
  const { deps, slots } = context;
  let suspects = new Set<RunId>();
  while (!signal.aborted) {
    await deps.clock.sleep(limits.orphanCheckMs, signal);
    if (signal.aborted) return;
    try {
      const { ids } = await heldIds(context);
      const idle = ids.filter((id) => slots.get(id) === undefined);
      const again = idle.filter((id) => suspects.has(id));
      suspects = new Set(idle);
      await releaseOrphans(context, again);
    } catch (error) {
      deps.events.emit("store.failed", { operation: "orphan check", message: String(error) });
    }
  }
}
