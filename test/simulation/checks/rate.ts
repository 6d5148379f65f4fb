/** Promise 4: calls in any window never exceed burst + rate * window, and what clocks differ by. */
import type { Check } from "./observer.ts";

/** By how much clocks of workers are wrong, to both sides, and how much older than its slot a start may be. */
const SKEW_MS = 5_000;

export type RateBound = { readonly perMinute: number; readonly burst: number; nowMs(): number };

/**
 * Watches starts by true time: what flows in above the rate must never stand higher than the burst, which says the same of every
 * window at once.
 */
export const callsKeepTheRate =
  ({ perMinute, burst, nowMs }: RateBound): Check =>
  (report) => {
    const perMs = perMinute / 60_000;
    const most = burst + 2 * SKEW_MS * perMs + 1;
    let [level, atMs] = [0, 0];
    return {
      modelCall: ({ file, by }) => {
        level = Math.max(0, level - (nowMs() - atMs) * perMs) + 1;
        atMs = nowMs();
        if (level > most) report("callsKeepTheRate", file, `${by.name}: ${Math.round(level)} calls above the rate`);
      },
    };
  };
