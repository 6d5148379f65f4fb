/** Distributions of durations in the catalogue's buckets. Pure. */
import { durationBoundsMs } from "../contract/metrics.ts";

/** Number of the bucket of a duration: the first whose bound is not below it; the one after the last bound holds the rest. */
export function bucketOf(ms: number): number {
  let [low, high] = [0, durationBoundsMs.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((durationBoundsMs[middle] ?? Number.POSITIVE_INFINITY) < ms) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** How many values are in each bucket, and the sum of all. */
export type Histogram = { readonly counts: ReadonlyMap<number, number>; readonly sumMs: number };

/** Values of a histogram. */
export const countOf = ({ counts }: Histogram): number => [...counts.values()].reduce((sum, count) => sum + count, 0);

/**
 * The value below which `share` of all are, as if those of a bucket were spread evenly; of the last bucket its lower bound is all
 * that is known. Undefined without values.
 */
export function quantileMs(histogram: Histogram, share: number): number | undefined {
  const total = countOf(histogram);
  if (total === 0) return undefined;
  let left = share * total;
  for (const [bucket, count] of [...histogram.counts].sort(([a], [b]) => a - b)) {
    const from = bucket === 0 ? 0 : (durationBoundsMs[bucket - 1] ?? 0);
    if (left <= count) return Math.round(from + ((durationBoundsMs[bucket] ?? from) - from) * (left / count));
    left -= count;
  }
  return durationBoundsMs.at(-1);
}
