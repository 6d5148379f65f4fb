import type { PoolMemory } from "../../contract/capacity.ts";
import { limits } from "../../contract/limits.ts";

type Levels = PoolMemory["levels"];

/**
 * Remembers what a pool is told to have from `atMs` on. A level that stays is noted once; the oldest go when there are too many, which only makes
 * the judgement more careful.
 */
export function noteLevel(levels: Levels, machines: number, atMs: number): Levels {
  const last = levels.at(-1);
  if (last !== undefined && (last.machines === machines || last.atMs > atMs)) return levels;
  return [...levels.slice(-limits.levelsMax + 1), { atMs, machines }];
}

/** Forgets what was before the last `limits.launchUnfilledMs`, but for the level that held at its beginning. */
export function pruneLevels(levels: Levels, atMs: number): Levels {
  const first = levels.findLastIndex((level) => level.atMs <= atMs - limits.launchUnfilledMs);
  return first <= 0 ? levels : levels.slice(first);
}

/** Machines of a pool when it was looked at: all, and those that were launched in the last `limits.launchUnfilledMs`. */
export type There = { readonly existing: number; readonly launched: number };

/**
 * Machines that the pool was told to have in all of the `limits.launchUnfilledMs` before it was looked at, and that were not there. A level that
 * rises does not hide those that were missing before, and one that has just risen is not missing yet. 0 while less was seen, and while the
 * pool delivers: a service launches at its own pace. One machine now and then for many that are missing is no delivery.
 */
export function missingOf(levels: Levels, { existing, launched }: There, atMs: number): number {
  const told = pruneLevels(levels, atMs).filter((level) => level.atMs <= atMs);
  const [first] = told;
  if (first === undefined || first.atMs > atMs - limits.launchUnfilledMs) return 0;
  const missing = Math.max(0, Math.min(...told.map(({ machines }) => machines)) - existing);
  return missing <= launched * limits.launchPaceTimes ? 0 : missing;
}
