import type { InboxEntry, WorkerBeat, WorkerItem } from "../contract/fleet.ts";
import type { WorkerId } from "../contract/ids.ts";

/**
 * The answer to a heartbeat; `buried` means that the worker was declared dead and must stop quietly, `overtaken` that a later
 * beat of it came first and stays. `drainByMs` is the deadline of the drain that is asked for, absent when none is known.
 */
export type BeatOutcome =
  | {
      readonly kind: "alive";
      readonly drain: boolean;
      readonly drainByMs?: number;
      readonly inbox: readonly InboxEntry[];
    }
  | { readonly kind: "buried" | "overtaken" };

/** Worker items. */
export interface FleetStore {
  /** Writes the beat and takes the entries in `handled` out of the inbox. The first beat makes the item. */
  beat(beat: WorkerBeat, handled: readonly InboxEntry[]): Promise<BeatOutcome>;
  /**
   * All workers of one shard (0 .. `limits.fleetShards` - 1), buried ones included until their tombstone expires. Throws
   * `UnreadableWorkers` for what it cannot read.
   */
  workers(shard: number): Promise<WorkerItem[]>;
  worker(id: WorkerId): Promise<WorkerItem | undefined>;
  /** Puts an entry into a worker's inbox (`limits.inboxEntries` at most); idempotent. */
  notify(id: WorkerId, entry: InboxEntry): Promise<"delivered" | "full" | "absent">;
  /** Declares a worker dead if its counter is still `counter`, or whatever it is when a supervisor saw its end. */
  bury(id: WorkerId, seen: { readonly counter: number } | "end-seen", nowMs: number): Promise<boolean>;
  /** Asks a worker to drain, by a deadline where one is known; of several the earliest stays. False: it is not there. */
  requestDrain(id: WorkerId, deadlineAtMs?: number): Promise<boolean>;
  /** A worker that has released everything takes its item away. */
  leave(id: WorkerId): Promise<void>;
}
