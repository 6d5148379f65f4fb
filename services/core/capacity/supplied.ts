/** What one may count on of each pool: its breaker after what was seen, and machines that were asked for and will come. Pure. */
import type { CapacitySnapshot, PoolBreaker, PoolMemory } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import type { Pool } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { noPoolMemory } from "./fleet-view.ts";
import { type LaunchEvidence, stepPoolBreaker } from "./pool-breaker.ts";
import type { PoolView } from "./pool-view.ts";
import type { SuppliedPool } from "./supply.ts";
import { missingOf, noteLevel } from "./unfilled.ts";

/** What was seen of the launches of a pool, but for whether it is wanted. */
export type Seen = {
  readonly view: PoolView;
  readonly memory: PoolMemory;
  readonly evidence: Omit<LaunchEvidence, "wanted">;
};

/** Reads answers and levels. Answers that are old say nothing of now. */
export function seenOf(view: PoolView, snapshot: CapacitySnapshot, nowMs: number): Seen {
  const memory = snapshot.memory.pools[view.pool] ?? noPoolMemory;
  const { atMs } = view;
  const levels = noteLevel(memory.levels, view.desired, atMs);
  const fresh = snapshot.answers.filter(
    ({ pool, atMs }) => pool === view.pool && nowMs - atMs <= limits.poolAnswerOldMs,
  );
  return {
    view,
    memory: { ...memory, levels },
    evidence: {
      atMs,
      noCapacity: fresh.some(({ kind }) => kind === "no-capacity"),
      quota: fresh.some(({ kind }) => kind === "quota"),
      missing: missingOf(levels, view, atMs),
      bootsFail: view.bootsFail,
      newestMs: view.newestMs,
    },
  };
}

/** A pool whose breaker is not closed gets nothing more, and what it has not delivered is not counted on. */
export const supplied = ({ view, memory }: Seen): SuppliedPool => {
  const open = memory.breaker.kind === "closed";
  return { view, open, pending: open ? view.pending : 0 };
};

/** Moves the breaker of a pool on; the reasons tell of what it keeps from happening, or that it is over. */
export function judge(
  seen: Seen,
  wanted: boolean,
  nowMs: number,
): { readonly seen: Seen; readonly because: readonly Because[] } {
  const before = seen.memory.breaker;
  const breaker = stepPoolBreaker(before, { ...seen.evidence, wanted }, nowMs);
  const memory = breaker.kind === before.kind ? { ...seen.memory, breaker } : { breaker, levels: [] };
  return { seen: { ...seen, memory }, because: becauseOf(seen.view.pool, before, breaker) };
}

function becauseOf(pool: Pool, before: PoolBreaker, after: PoolBreaker): Because[] {
  switch (after.kind) {
    case "closed":
      return before.kind === "closed" ? [] : [{ kind: "pool-back", pool }];
    case "open":
      return [{ kind: "no-capacity", pool, cause: after.cause, probeAtMs: after.probeAtMs }];
    case "half-open":
      return [{ kind: "probe", pool, machines: limits.poolProbeMachines, untilMs: after.untilMs }];
  }
}
