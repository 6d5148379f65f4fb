import type { RunId } from "../contract/ids.ts";
import type { RunHead } from "../contract/run.ts";
import { StoreOutage } from "../core/store-outage.ts";
import { messageOf } from "./message-of.ts";
import type { World } from "./world.ts";

/**
 * The heads of runs (at most `readBatchMax`). One that cannot be read, because another version wrote it, is left out with an event:
 * it hides no other. Throws when the store does not answer.
 */
export async function readHeads(world: World, ids: readonly RunId[]): Promise<RunHead[]> {
  const nowMs = world.clock.nowMs();
  try {
    return await world.runs.read(ids, nowMs);
  } catch (error) {
    if (error instanceof StoreOutage) throw error;
  }
  const answers = await Promise.allSettled(ids.map((id) => world.runs.read([id], nowMs)));
  const failures = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason] : []));
  if (failures.length === ids.length) throw failures[0];
  const message = `${failures.length} of ${ids.length} runs cannot be read: ${messageOf(failures[0])}`;
  if (failures.length > 0) world.events.emit("store.failed", { operation: "controller.read", message });
  return answers.flatMap((answer) => (answer.status === "fulfilled" ? answer.value : []));
}
