import type { ScalingEvent } from "../contract/capacity-events.ts";

/** The history of scaling. An event that is written twice (same id) is there once. */
export interface ScalingLog {
  append(events: readonly ScalingEvent[]): Promise<void>;
  /** The newest first, at most `limits.scalingEventsMax`; kept for `limits.scalingEventsKeepMs`. */
  latest(max: number): Promise<readonly ScalingEvent[]>;
}
