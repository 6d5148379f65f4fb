import type { RunId } from "../contract/ids.ts";
import { allRead, type HeadsRead, readWithout } from "../core/unreadable-runs.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import type { RunStore } from "../ports/run-store.ts";

type Deps = {
  readonly runs: Pick<RunStore, "read">;
  readonly clock: Pick<Clock, "nowMs">;
  readonly events: EventSink;
};

/**
 * The heads of runs (at most `readBatchMax`), read for `operation`. One that cannot be read, because another version wrote it, is
 * told and hides no other: `unread` names it. Throws when the store does not answer.
 */
export function readHeads({ runs, clock, events }: Deps, ids: readonly RunId[], operation: string): Promise<HeadsRead> {
  return runs.read(ids, clock.nowMs()).then(allRead, (error: unknown) => {
    const read = readWithout(error);
    events.emit("store.failed", { operation, message: String(error) });
    return read;
  });
}
