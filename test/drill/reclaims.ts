/** Time from a worker's end, or from a release, until somebody else has claimed the run. */
import type { RunId } from "../../services/contract/ids.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { isEnded } from "../../services/core/lifecycle.ts";

export type Spread = {
  readonly samples: number;
  readonly p50Ms: number | null;
  readonly p95Ms: number | null;
  readonly p99Ms: number | null;
  readonly maxMs: number | null;
};

/** Percentiles of a list; null where there is nothing to say. */
export function spread(samples: readonly number[]): Spread {
  const sorted = samples.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? null;
  return { samples: sorted.length, p50Ms: at(0.5), p95Ms: at(0.95), p99Ms: at(0.99), maxMs: at(1) };
}

export class Reclaims {
  readonly #waiting = new Map<RunId, number>();
  readonly samples: number[] = [];

  /** From `sinceMs` (wall clock) on this run waits for a holder. */
  expect(id: RunId, sinceMs: number): void {
    if (!this.#waiting.has(id)) this.#waiting.set(id, sinceMs);
  }

  /** Runs that nobody has claimed yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Takes in a head as it is seen: the claim carries its own time. */
  see(head: RunHead): void {
    const sinceMs = this.#waiting.get(head.runId);
    if (sinceMs === undefined) return;
    if (head.claimedAtMs !== undefined && head.claimedAtMs > sinceMs) {
      this.samples.push(head.claimedAtMs - sinceMs);
      this.#waiting.delete(head.runId);
    } else if (isEnded(head.state)) this.#waiting.delete(head.runId);
  }
}
