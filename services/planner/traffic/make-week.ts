/** A named week of traffic, drawn from a seed: submissions whose active runs follow a curve and reach a given peak. */
import { HOUR } from "../../contract/units.ts";
import { seeded } from "./chance.ts";
import { referenceLevel, referenceSpikes, type Spike } from "./reference-week.ts";
import { drawLength, meanLength, surviving } from "./run-lengths.ts";
import type { Span, Traffic } from "./traffic.ts";

const WEEK = 7 * 24 * HOUR;
const STEP = 30_000;

/** What a week is made of. `peak`: highest number of active runs if nobody waits. */
export type WeekWish = {
  readonly name: string;
  readonly peak: number;
  readonly seed: number;
  /** Monday midnight local time, in ms since 1970. */
  readonly mondayMs: number;
  readonly spikes?: readonly Spike[];
  /** Parts of the runs by lane, in their order: high, normal, low. */
  readonly laneShares?: readonly [number, number, number];
};

/** Nine o'clock of the reference week is 13:00 UTC, the time that the specification's pre-warm is for (New York in summer). */
export const LOCAL_AFTER_UTC_MS = -4 * HOUR;
/** Monday, 2 November 2026, local midnight. */
export const referenceMonday = Date.UTC(2026, 10, 2) - LOCAL_AFTER_UTC_MS;

/**
 * Submissions a step, before scaling: what leaves is replaced and what the curve gains is added. Lengths are not exponential, so the
 * curve is met only about; `scaled` makes the peak exact.
 */
function shapeOf(spikes: readonly Spike[]): Float64Array {
  const shape = new Float64Array(WEEK / STEP);
  const mean = meanLength();
  for (let step = 0; step < shape.length; step++) {
    const now = referenceLevel(step * STEP, spikes);
    const next = referenceLevel((step + 1) * STEP, spikes);
    shape[step] = Math.max(0, (now * STEP) / mean + (next - now));
  }
  return shape;
}

/** Highest number of active runs that a shape gives if nobody waits, expected. */
function peakOfShape(shape: Float64Array): number {
  const tail = Array.from({ length: HOUR / STEP }, (_, i) => surviving((i + 0.5) * STEP));
  let peak = 0;
  for (let step = 0; step < shape.length; step++) {
    let active = 0;
    for (let back = 0; back < tail.length && back <= step; back++)
      active += (shape[step - back] ?? 0) * (tail[back] ?? 0);
    peak = Math.max(peak, active);
  }
  return peak;
}

/** How many arrive in a step of this mean (Poisson; by the normal approximation where the mean is large). */
function countOf(mean: number, chance: ReturnType<typeof seeded>): number {
  if (mean > 30) return Math.max(0, Math.round(mean + Math.sqrt(mean) * chance.normal()));
  let count = 0;
  for (let left = mean - chance.exponential(); left > 0; left -= chance.exponential()) count++;
  return count;
}

const spansOf = (spikes: readonly Spike[], mondayMs: number): Span[] =>
  spikes.map(({ name, atMs, riseMs, decayMs }) => ({
    name,
    fromMs: mondayMs + atMs,
    untilMs: mondayMs + atMs + riseMs + decayMs,
  }));

/** The week. The same wish gives the same week, run by run. */
export function makeWeek(wish: WeekWish): Traffic {
  const { name, peak, seed, mondayMs, spikes = referenceSpikes, laneShares = [0.1, 0.7, 0.2] } = wish;
  const chance = seeded(seed, 0);
  const shape = shapeOf(spikes);
  const scale = peak / peakOfShape(shape);
  const counts = Array.from(shape, (mean) => countOf(mean * scale, chance));
  const runs = counts.reduce((sum, count) => sum + count, 0);
  const atMs = new Float64Array(runs);
  const activeMs = new Float64Array(runs);
  const lane = new Uint8Array(runs);
  let run = 0;
  counts.forEach((count, step) => {
    const times = Float64Array.from({ length: count }, () => chance.fraction()).sort();
    for (const time of times) {
      atMs[run] = mondayMs + (step + time) * STEP;
      activeMs[run] = drawLength(chance);
      const draw = chance.fraction();
      lane[run] = draw < laneShares[0] ? 0 : draw < laneShares[0] + laneShares[1] ? 1 : 2;
      run++;
    }
  });
  const spans = spansOf(spikes, mondayMs);
  return { name, startMs: mondayMs, endMs: mondayMs + WEEK, atMs, activeMs, lane, callsPerRunMinute: undefined, spans };
}
