/** The dead workers whose runs are still asked for. */
import type { WorkerItem } from "../contract/fleet.ts";
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { isAlive } from "../core/alive.ts";
import { lastBeatMs } from "../core/silence.ts";
import type { Ceilings } from "./give-back.ts";

/**
 * When the worker was last alive (its own time; undefined: unknown), and since when (monotonic) nothing of it was found.
 * `ceilings`: what it may have drawn of budgets; absent until it was read.
 */
export type Grave = {
  readonly lastSeenMs: number | undefined;
  readonly quietSinceMs: number;
  readonly ceilings?: Ceilings | undefined;
};

/** Graves to ask at, and those that were quiet for `reclaimForMs` (kept until their tombstone is gone). */
export class Graves {
  readonly #open = new Map<WorkerId, Grave>();
  readonly #settled = new Set<WorkerId>();

  get open(): readonly (readonly [WorkerId, Grave])[] {
    return [...this.#open];
  }

  dig(id: WorkerId, grave: Grave): void {
    this.#settled.delete(id);
    this.#open.set(id, grave);
  }

  settle(id: WorkerId): void {
    this.#open.delete(id);
    this.#settled.add(id);
  }

  /**
   * Takes in tombstones that others set: the one who set it may have died before it moved the runs. An old one is asked
   * at once or until it is quiet, a young one for the rest of its `reclaimForMs`.
   */
  takeIn(workers: readonly WorkerItem[], now: { readonly nowMs: number; readonly monotonicMs: number }): void {
    const tombstones = workers.filter((worker) => !isAlive(worker));
    for (const worker of tombstones) {
      if (this.#open.has(worker.workerId) || this.#settled.has(worker.workerId)) continue;
      const ageMs = Math.max(0, now.nowMs - (worker.buriedAtMs ?? now.nowMs));
      const quietSinceMs = now.monotonicMs - Math.min(limits.reclaimForMs, ageMs);
      this.#open.set(worker.workerId, { lastSeenMs: lastBeatMs(worker), quietSinceMs });
    }
    const present = new Set(tombstones.map((worker) => worker.workerId));
    for (const id of this.#settled) if (!present.has(id)) this.#settled.delete(id);
  }
}
