/**
 * Whether a tenant may queue more runs: the published backlog, cached, and what this process took in since. Where nothing is
 * known nobody is refused: what was accepted is kept whatever the backlog is.
 */
import type { Backlog } from "../contract/backlog.ts";
import type { Lane, TenantId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { queuedOf } from "../core/backlog.ts";
import type { BacklogStore } from "../ports/backlog-store.ts";
import type { Clock } from "../ports/clock.ts";
import type { EventSink } from "../ports/event-sink.ts";
import { errorText } from "./error-text.ts";

export type QueueRoom = {
  /** Takes room for runs of a tenant, lane by lane, or gives the lane that has none; then none is taken. */
  take(tenant: TenantId, runs: ReadonlyMap<Lane, number>): Promise<{ readonly full: Lane } | undefined>;
};

type Deps = {
  readonly store: BacklogStore | undefined;
  readonly queuedMax: number;
  readonly clock: Clock;
  readonly events: EventSink;
};

/** One for a process. A backlog is read at most once in `backlogReadMs`. */
export function queueRoom({ store, queuedMax, clock, events }: Deps): QueueRoom {
  let backlog: Backlog | undefined;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | undefined;
  /** Taken in by this process since the backlog was measured. */
  let own = new Map<string, number>();

  async function read(from: BacklogStore): Promise<void> {
    try {
      const latest = await from.latest();
      if (latest?.atMs !== backlog?.atMs) own = new Map();
      backlog = latest;
    } catch (error) {
      events.emit("store.failed", { operation: "read backlog", message: errorText(error) });
    } finally {
      readAtMs = clock.monotonicMs();
      reading = undefined;
    }
  }

  return {
    async take(tenant, runs) {
      if (store === undefined) return undefined;
      if (clock.monotonicMs() - readAtMs >= limits.backlogReadMs) {
        reading ??= read(store);
        await reading;
      }
      const nowMs = clock.nowMs();
      const keyOf = (lane: Lane): string => `${tenant} ${lane}`;
      for (const [lane, count] of runs) {
        const queued = queuedOf(backlog, { tenant, lane, nowMs });
        if (queued !== undefined && queued + (own.get(keyOf(lane)) ?? 0) + count > queuedMax) return { full: lane };
      }
      for (const [lane, count] of runs) own.set(keyOf(lane), (own.get(keyOf(lane)) ?? 0) + count);
      return undefined;
    },
  };
}
