/** Which lanes of this worker have a backlog, and whose turn it is. */
import { type Lane, lanes } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { afterServing, laneShare, noPasses, type Passes } from "../core/lane-shares.ts";

/** What is known of one lane: whether its last poll brought something, and since when it asks again (monotonic). */
type Sight = { backlogged: boolean; pollingSinceMs: number | undefined };

export class LaneTurns {
  #passes: Passes = noPasses;
  readonly #sights: Record<Lane, Sight> = {
    high: { backlogged: false, pollingSinceMs: undefined },
    normal: { backlogged: false, pollingSinceMs: undefined },
    low: { backlogged: false, pollingSinceMs: undefined },
  };

  /** How many messages the lane may ask for now. A lane that asks in vain for `laneEagerMs` holds no slot back from others. */
  share(lane: Lane, free: number, nowMs: number): number {
    const eager = this.#eager(nowMs);
    // What a lane owes from a time when it was alone is forgotten here once; from now on the others overtake it.
    this.#passes = afterServing(this.#passes, lane, { count: 0, eager });
    return laneShare(this.#passes, { lane, free, eager });
  }

  asks(lane: Lane, nowMs: number): void {
    this.#sights[lane].pollingSinceMs = nowMs;
  }

  /** The poll brought `count` messages; undefined when it failed. */
  brought(lane: Lane, count: number | undefined, nowMs: number): void {
    if (count !== undefined && count > 0)
      this.#passes = afterServing(this.#passes, lane, { count, eager: this.#eager(nowMs) });
    this.#sights[lane] = { backlogged: (count ?? 0) > 0, pollingSinceMs: undefined };
  }

  #eager(nowMs: number): Set<Lane> {
    const isEager = ({ backlogged, pollingSinceMs }: Sight): boolean =>
      backlogged && (pollingSinceMs === undefined || nowMs - pollingSinceMs < limits.laneEagerMs);
    return new Set(lanes.filter((lane) => isEager(this.#sights[lane])));
  }
}
