/** Samples made fit for a chart: as many points as it has room for, none of the peaks lost. Pure. */
import { MINUTE } from "../../contract/units.ts";
import type { Span } from "../traffic/traffic.ts";
import { SAMPLE_MS, type Samples } from "../world/samples.ts";

/** A point: time in ms, value; undefined: nothing to show. */
export type Point = readonly [number, number | undefined];

/** Rows of a span of time. */
export type Window = Pick<Span, "fromMs" | "untilMs">;

/** A column within a window as at most `points` points, each the highest value of its step. */
export function highest(
  { startMs, count }: Samples,
  column: Float32Array,
  { fromMs, untilMs, points }: Window & { readonly points: number },
): Point[] {
  const from = Math.max(0, Math.floor((fromMs - startMs) / SAMPLE_MS));
  const until = Math.min(count, Math.ceil((untilMs - startMs) / SAMPLE_MS));
  const step = Math.max(1, Math.ceil((until - from) / points));
  const found: Point[] = [];
  for (let row = from; row < until; row += step) {
    let most = 0;
    for (let i = row; i < Math.min(until, row + step); i++) most = Math.max(most, column[i] ?? 0);
    found.push([startMs + row * SAMPLE_MS, most]);
  }
  return found;
}

/** A new column made of each row of the samples. */
export function derive({ count }: Samples, value: (row: number) => number): Float32Array {
  return Float32Array.from({ length: count }, (_, row) => value(row));
}

/** A little before a burst, and as much of it as is worth looking at. */
export const around = ({ fromMs, untilMs }: Window): Window => ({
  fromMs: fromMs - 10 * MINUTE,
  untilMs: Math.min(untilMs, fromMs + 50 * MINUTE),
});
