/**
 * Keeps messages in flight, in batches: those of active runs soon after the claim and then at a third of their visibility, those
 * whose claim takes long for `unclaimedMs` at a time. A run that ends within `renewLookMs` costs no renewal.
 */
import { type Lane, lanes } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { ActiveRun } from "./active-run.ts";
import type { WorkerDeps, WorkerSettings } from "./deps.ts";
import type { Slots } from "./slots.ts";

type Context = { readonly deps: WorkerDeps; readonly settings: WorkerSettings; readonly slots: Slots };

async function renewLane({ deps, settings }: Context, lane: Lane, runs: readonly ActiveRun[]): Promise<void> {
  const { visibilityMs } = settings;
  const nowMs = deps.clock.monotonicMs();
  const byReceipt = new Map<string, ActiveRun>();
  for (const run of runs)
    if (run.lane === lane && run.receipt !== undefined && run.renewAtMs <= nowMs) byReceipt.set(run.receipt, run);
  if (byReceipt.size === 0) return;
  try {
    const lost = await deps.queue.extend(lane, [...byReceipt.keys()], visibilityMs);
    for (const run of byReceipt.values()) run.renewAtMs = nowMs + visibilityMs / 3;
    for (const receipt of lost) {
      const run = byReceipt.get(receipt);
      // The run goes on: the store decides who holds it. Its message will be delivered again and dropped.
      if (run?.receipt === receipt) run.receipt = undefined;
    }
  } catch (error) {
    deps.events.emit("store.failed", { operation: `renew ${lane}`, message: String(error) });
  }
}

/** A store that does not answer must not make a message come back to a worker that is claiming its run already. */
async function holdClaiming({ deps, slots }: Context, lane: Lane): Promise<void> {
  const sinceMs = deps.clock.monotonicMs() - limits.renewLookMs;
  const receipts = [...slots.claiming].flatMap(([receipt, one]) =>
    one.lane === lane && one.sinceMs <= sinceMs ? [receipt] : [],
  );
  if (receipts.length === 0) return;
  try {
    await deps.queue.extend(lane, receipts, limits.unclaimedMs);
  } catch (error) {
    deps.events.emit("store.failed", { operation: `hold ${lane}`, message: String(error) });
  }
}

/** Renews until the signal aborts. What fails is tried again at the next look. */
export async function renewMessages(context: Context, signal: AbortSignal): Promise<void> {
  const { clock } = context.deps;
  while (!signal.aborted) {
    await clock.sleep(limits.renewLookMs, signal);
    if (signal.aborted) return;
    const runs = context.slots.all();
    await Promise.all(lanes.flatMap((lane) => [renewLane(context, lane, runs), holdClaiming(context, lane)]));
  }
}
