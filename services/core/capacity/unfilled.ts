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

/**
 * Machines that the pool was told to have in all of the `limits.launchUnfilledMs` before it was looked at, and that were not there. A level that
 * rises does not hide those that were missing before, and one that has just risen is not missing yet. 0 while less was seen.
 */
export function missingOf(levels: Levels, existing: number, atMs: number): number {
  const told = pruneLevels(levels, atMs).filter((level) => level.atMs <= atMs);
  const [first] = told;
  if (first === undefined || first.atMs > atMs - limits.launchUnfilledMs) return 0;
  return Math.max(0, Math.min(...told.map(({ machines }) => machines)) - existing);
}
