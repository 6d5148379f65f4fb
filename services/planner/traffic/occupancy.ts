/** How many runs would be active if nobody ever waited: the demand itself, before any fleet. */
import type { Traffic } from "./traffic.ts";

/** Active runs at each multiple of `stepMs` after `traffic.startMs`, as if slots were endless. */
export function occupancy({ startMs, endMs, atMs, activeMs }: Traffic, stepMs: number): Float64Array {
  const steps = Math.max(1, Math.ceil((endMs - startMs) / stepMs));
  const change = new Float64Array(steps + 1);
  for (let run = 0; run < atMs.length; run++) {
    const begin = (atMs[run] ?? 0) - startMs;
    const from = Math.min(steps, Math.ceil(begin / stepMs));
    const until = Math.min(steps, Math.ceil((begin + (activeMs[run] ?? 0)) / stepMs));
    change[from] = (change[from] ?? 0) + 1;
    change[until] = (change[until] ?? 0) - 1;
  }
  const active = new Float64Array(steps);
  let now = 0;
  for (let step = 0; step < steps; step++) {
    now += change[step] ?? 0;
    active[step] = now;
  }
  return active;
}

/** The highest of it, in runs, looked at in steps of ten seconds. */
export const peakOf = (traffic: Traffic): number =>
  occupancy(traffic, 10_000).reduce((most, now) => Math.max(most, now), 0);
