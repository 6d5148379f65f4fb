import type { RunId } from "../contract/ids.ts";
import { allRead, type HeadsRead, readWithout } from "../core/unreadable-runs.ts";
import { messageOf } from "./message-of.ts";
import type { World } from "./world.ts";

/**
 * The heads of runs (at most `readBatchMax`). One that cannot be read, because another version wrote it, is left out with an event:
 * it hides no other, and `unread` names it. Throws when the store does not answer.
 */
export async function readHeads(
  { runs, clock, events }: Pick<World, "runs" | "clock" | "events">,
  ids: readonly RunId[],
): Promise<HeadsRead> {
  if (ids.length === 0) return allRead([]);
  return runs.read(ids, clock.nowMs()).then(allRead, (error: unknown) => {
    const read = readWithout(error);
    events.emit("store.failed", { operation: "controller.read", message: messageOf(error) });
    return read;
  });
}
