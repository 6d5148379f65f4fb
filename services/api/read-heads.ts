import type { RunId } from "../contract/ids.ts";
import { allRead, type HeadsRead, readWithout } from "../core/unreadable-runs.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { RunStore } from "../ports/run-store.ts";
import { errorText } from "./error-text.ts";

type Parts = {
  readonly runs: Pick<RunStore, "read">;
  readonly clock: Pick<Clock, "nowMs">;
  readonly events: EventSink;
};

/**
 * The heads of runs (at most `readBatchMax`), read for `operation`. One that cannot be read, because another version wrote it, is
 * told and hides no other: `unread` names it. Throws when the store does not answer.
 */
export async function readHeads(
  { runs, clock, events }: Parts,
  ids: readonly RunId[],
  operation: string,
): Promise<HeadsRead> {
  if (ids.length === 0) return allRead([]);
  return runs.read(ids, clock.nowMs()).then(allRead, (error: unknown) => {
    const read = readWithout(error);
    events.emit("store.failed", { operation, message: errorText(error) });
    return read;
  });
}
