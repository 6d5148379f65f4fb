/** The wake-up of a run that this worker gave back: nobody else knows of it before the sweep. */
import type { Lane } from "../contract/ids.ts";
import type { WakeMessage } from "../contract/messages.ts";
import type { WorkerDeps } from "./deps.ts";

/**
 * Sends it, and once more when the queue does not take it. Never throws: what is not sent is told, and the sweep sends it when the
 * lane's wait is over.
 */
export async function sendWake({ queue, events }: WorkerDeps, lane: Lane, wake: WakeMessage): Promise<void> {
  try {
    const refused = await queue.send(lane, [wake]);
    const unsent = refused.length === 0 ? [] : await queue.send(lane, refused);
    if (unsent.length === 0) return;
    events.emit("store.failed", { operation: "send wake-up", message: `the queue did not take that of ${wake.runId}` });
  } catch (error) {
    events.emit("store.failed", { operation: "send wake-up", message: String(error) });
  }
}
