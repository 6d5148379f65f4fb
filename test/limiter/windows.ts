/** What a list of moments says of a rate. */

/** Most moments in any window of `windowMs`; `times` ascend. */
export function worstWindow(times: readonly number[], windowMs: number): number {
  let [worst, from] = [0, 0];
  for (let to = 0; to < times.length; to++) {
    while ((times[to] ?? 0) - (times[from] ?? 0) >= windowMs) from++;
    worst = Math.max(worst, to - from + 1);
  }
  return worst;
}

export type Bound = { readonly burst: number; readonly perMinute: number; readonly skewMs: number };

/** Moments above burst + rate * w + 2 * skew * rate + 1 in the worst window of each length. Milliseconds to excess. */
export function overshoot(times: readonly number[], { burst, perMinute, skewMs }: Bound): number {
  const perMs = perMinute / 60_000;
  const sorted = times.toSorted((a, b) => a - b);
  const excess = [1_000, 10_000, 60_000].map(
    (windowMs) => worstWindow(sorted, windowMs) - Math.floor(burst + perMs * (windowMs + 2 * skewMs) + 1),
  );
  return Math.max(0, ...excess);
}

/** A share of the sorted values. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}
