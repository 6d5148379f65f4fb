/** Keeps the messages of active runs in flight: renewed in batches at a third of their visibility. */
import { type Lane, lanes } from "../contract/ids.ts";
import type { ActiveRun } from "./active-run.ts";
import type { WorkerDeps, WorkerSettings } from "./deps.ts";
import type { Slots } from "./slots.ts";

async function renewLane(
  deps: WorkerDeps,
  lane: Lane,
  runs: readonly ActiveRun[],
  visibilityMs: number,
): Promise<void> {
  const byReceipt = new Map<string, ActiveRun>();
  for (const run of runs) if (run.lane === lane && run.receipt !== undefined) byReceipt.set(run.receipt, run);
  if (byReceipt.size === 0) return;
  try {
    const lost = await deps.queue.extend(lane, [...byReceipt.keys()], visibilityMs);
    for (const receipt of lost) {
      const run = byReceipt.get(receipt);
      // The run goes on: the store decides who holds it. Its message will be delivered again and dropped.
      if (run?.receipt === receipt) run.receipt = undefined;
    }
  } catch (error) {
    deps.events.emit("store.failed", { operation: `renew ${lane}`, message: String(error) });
  }
}

export async function renewMessages(
  { deps, settings, slots }: { deps: WorkerDeps; settings: WorkerSettings; slots: Slots },
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await deps.clock.sleep(settings.visibilityMs / 3, signal);
    if (signal.aborted) return;
    const runs = slots.all();
    await Promise.all(lanes.map((lane) => renewLane(deps, lane, runs, settings.visibilityMs)));
  }
}
