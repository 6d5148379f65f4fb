import type { Chance } from "../../ports/clock.ts";

/** Randomness that a seed repeats exactly (mulberry32). Two with the same seed give the same ids, so use one for a world. */
export function seededChance(seed: number): Chance {
  let state = seed >>> 0;
  let given = 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return {
    fraction: () => next() / 2 ** 32,
    // The counter makes an id unique, the random part makes ids of neighbours differ early, as real ones do.
    id: () => `${next().toString(16).padStart(8, "0")}-${(given++).toString(36).padStart(8, "0")}`,
  };
}
