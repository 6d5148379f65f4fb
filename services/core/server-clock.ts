/** How far this machine's clock is from the store's, from the `Date` of its answers: bounds that every answer narrows. */

/** The server's clock is ahead of ours by at least `leastMs` and at most `mostMs`; negative: behind. */
export type ClockBounds = { readonly leastMs: number; readonly mostMs: number; readonly atMs: number };

/** One answer: its `Date` (whole seconds), and our clock when the call was sent and when the answer came. */
export type ClockSample = { readonly dateMs: number; readonly sentMs: number; readonly receivedMs: number };

/** Clocks drift apart: old bounds widen by half a second in a quarter of an hour. */
const DRIFT = 1 / 2_000;

/** Bounds with one more answer. A contradiction (our clock was set) starts again from the answer. */
export function withSample(bounds: ClockBounds | undefined, sample: ClockSample): ClockBounds {
  const { dateMs, sentMs, receivedMs } = sample;
  const own = { leastMs: dateMs - receivedMs, mostMs: dateMs + 1_000 - sentMs, atMs: receivedMs };
  if (bounds === undefined) return own;
  const drift = Math.abs(receivedMs - bounds.atMs) * DRIFT;
  const leastMs = Math.max(own.leastMs, bounds.leastMs - drift);
  const mostMs = Math.min(own.mostMs, bounds.mostMs + drift);
  return leastMs > mostMs ? own : { leastMs, mostMs, atMs: receivedMs };
}

/** What to add to our clock: nothing while it may be right, else the least that can be. What is left is below a second. */
export const correctionMs = (bounds: ClockBounds | undefined): number =>
  bounds === undefined ? 0 : Math.round(Math.min(Math.max(0, bounds.leastMs), bounds.mostMs));
