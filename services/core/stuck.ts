/** Which workers beat and have active runs, none of which moves; by the observer's own clock. Pure. */
import type { WorkerItem } from "../contract/fleet.ts";
import type { WorkerId } from "../contract/ids.ts";
import { assertLimit, limits } from "../contract/limits.ts";
import { isAlive } from "./alive.ts";

assertLimit(limits.stuckAfterMs > 2 * (limits.turnMs + limits.toolMs), "a long turn with a long tool is progress");
assertLimit(limits.stuckDrainMs > limits.drainMs, "a stuck worker has had its time to drain before it is buried");

/** What a worker had done when it was seen first like this, and for how long it has not done more. */
type Standing = { readonly steps: number; readonly forMs: number };

/** One look at the fleet at `atMs` (monotonic). */
export type StuckLook = { readonly atMs: number; readonly standing: ReadonlyMap<WorkerId, Standing> };

/** What to do with a stuck worker: it is drained, and buried when it does not leave. */
export type StuckAct = {
  readonly workerId: WorkerId;
  readonly counter: number;
  readonly act: "drain" | "bury";
  readonly forMs: number;
};

/**
 * Takes in a look. A worker without active runs, or that does not say what it has done, stands never; nor does time count in which the
 * observer did not look.
 */
export function observeSteps(before: StuckLook | undefined, workers: readonly WorkerItem[], atMs: number): StuckLook {
  const elapsedMs = before === undefined ? 0 : Math.min(limits.lookGapMs, atMs - before.atMs);
  const standing = new Map<WorkerId, Standing>();
  for (const { workerId, steps, active } of workers.filter(isAlive)) {
    if (steps === undefined || active === 0) continue;
    const seen = before?.standing.get(workerId);
    const same = seen !== undefined && seen.steps === steps;
    standing.set(workerId, { steps, forMs: same ? seen.forMs + elapsedMs : 0 });
  }
  return { atMs, standing };
}

/** Workers to act on now; one that was told is told again only to be buried. */
export function stuck({ standing }: StuckLook, workers: readonly WorkerItem[]): StuckAct[] {
  return workers.flatMap(({ workerId, counter, drain }): StuckAct[] => {
    const forMs = standing.get(workerId)?.forMs ?? 0;
    if (forMs >= limits.stuckAfterMs + limits.stuckDrainMs) return [{ workerId, counter, act: "bury", forMs }];
    return forMs >= limits.stuckAfterMs && !drain ? [{ workerId, counter, act: "drain", forMs }] : [];
  });
}
