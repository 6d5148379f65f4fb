/** The long poll of one lane: asks for no more than the free slots, and gives back what has no slot. */
import type { Lane } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { backoffMs } from "../core/retry.ts";
import type { Received } from "../ports/queue.ts";
import type { ActiveRun } from "./active-run.ts";
import { type TakeContext, takeMessage } from "./take-message.ts";

export type PollContext = TakeContext & {
  /** Polling ends when this aborts; a poll under way is let end by itself (an aborted one can swallow a message). */
  readonly polling: AbortSignal;
  start(run: ActiveRun): void;
};

const BACKOFF = { baseMs: limits.retryBaseMs, maxMs: limits.retryMaxMs };

async function take(context: PollContext, lane: Lane, received: Received): Promise<void> {
  const { slots, deps } = context;
  let run: ActiveRun | undefined;
  try {
    run = await takeMessage(context, lane, received);
  } catch (error) {
    // The message comes back after its visibility, and the claim that may have happened is found by the orphan check.
    deps.events.emit("store.failed", { operation: "claim", message: String(error) });
  }
  slots.settle(run);
  if (run !== undefined) context.start(run);
}

async function pollOnce(context: PollContext, lane: Lane): Promise<void> {
  const { deps, settings, slots } = context;
  const max = Math.min(limits.receiveMax, slots.free);
  const messages = await deps.queue.receive(lane, max, settings.receiveWaitMs, settings.visibilityMs);
  const accepted = messages.filter(() => !context.polling.aborted && slots.promise());
  for (const received of accepted) take(context, lane, received);
  const back = messages.filter((received) => !accepted.includes(received)).map(({ receipt }) => receipt);
  if (back.length > 0) await deps.queue.extend(lane, back, 0);
}

/** Polls until told to stop; ends after the poll under way. */
export async function pollLane(context: PollContext, lane: Lane): Promise<void> {
  const { deps, slots, freshness, polling } = context;
  let failures = 0;
  while (!polling.aborted) {
    await slots.whenFree(polling);
    if (!(await freshness.untilFresh(polling)) || polling.aborted) return;
    try {
      await pollOnce(context, lane);
      failures = 0;
    } catch (error) {
      deps.events.emit("store.failed", { operation: `receive ${lane}`, message: String(error) });
      await deps.clock.sleep(backoffMs(failures++, BACKOFF, deps.chance.fraction()), polling);
    }
  }
}
