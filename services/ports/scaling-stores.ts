/** What controllers, API and events share about scaling, in three parts that belong to different writers. Reads are consistent. */
import type { ManualOrder, PoolAnswer } from "../contract/capacity.ts";
import type { ScalingEvent } from "../contract/capacity-events.ts";
import type { DemandProfile } from "../contract/capacity-profile.ts";
import type { CapacitySummary, ScalingState } from "../contract/scaling.ts";

/** Memory of the leader. A write with an epoch below the one of what is stored is refused: false. */
export interface ScalingMemory {
  state(): Promise<ScalingState | undefined>;
  keepState(epoch: number, state: ScalingState): Promise<boolean>;
  profile(): Promise<DemandProfile | undefined>;
  keepProfile(epoch: number, profile: DemandProfile): Promise<boolean>;
  summary(): Promise<CapacitySummary | undefined>;
  /** Its epoch is the summary's own. */
  publish(summary: CapacitySummary): Promise<boolean>;
}

/** What others lay down for the leader. */
export interface ScalingDesk {
  order(): Promise<ManualOrder | undefined>;
  /** Puts `after` (undefined: none) in the place of `before`; false when somebody changed it meanwhile. */
  changeOrder(before: ManualOrder | undefined, after: ManualOrder | undefined): Promise<boolean>;
  /** The last answer of each pool and kind. */
  answers(): Promise<readonly PoolAnswer[]>;
  tellAnswer(answer: PoolAnswer): Promise<void>;
  /** Asks for a decision now. `token` differs from the one before. */
  kick(token: string): Promise<void>;
  lastKick(): Promise<string | undefined>;
  /** True for one of all that want to wake the controller within `limits.wakeEveryMs`; for him again when he asks again, as a client does that got no answer. */
  mayWake(by: string, nowMs: number): Promise<boolean>;
}

/** History of scaling, kept for `limits.scalingEventsKeepMs`. */
export interface ScalingLog {
  /** At most `limits.writeBatchMax` together happen in their order; the same id again changes nothing. */
  append(events: readonly ScalingEvent[]): Promise<void>;
  /** Newest first, at most `limit`; only those with an id below `before`. */
  list(limit: number, before?: string): Promise<readonly ScalingEvent[]>;
}

/** All three, over one table. */
export type ScalingStores = {
  readonly memory: ScalingMemory;
  readonly desk: ScalingDesk;
  readonly log: ScalingLog;
};
