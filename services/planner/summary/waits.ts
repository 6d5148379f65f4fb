/** How long submissions waited for a slot: over all, by lane, within spans, over time. Pure. */
import { type Lane, lanes } from "../../contract/ids.ts";
import type { Span, Traffic } from "../traffic/traffic.ts";
import { quantile } from "./quantile.ts";

/** Waits in ms; absent where nobody waited or came. `never`: submissions that got no slot at all. */
export type Waits = {
  readonly runs: number;
  readonly never: number;
  readonly p50Ms: number | undefined;
  readonly p95Ms: number | undefined;
  readonly maxMs: number | undefined;
};

/** Runs of the traffic from one index up to another, ascending by time. */
const rangeOf = ({ atMs }: Traffic, { fromMs, untilMs }: Omit<Span, "name">): readonly [number, number] => [
  lowerBound(atMs, fromMs),
  lowerBound(atMs, untilMs),
];

function lowerBound(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Waits of a range. A submission that never got a slot has waited until the end at least, and counts as that: leaving it out would make
 * a fleet look the better the more it leaves waiting.
 */
function waitsOf(
  traffic: Traffic,
  waitedMs: Float32Array,
  [from, until]: readonly [number, number],
  lane?: number,
): Waits {
  const values = new Float32Array(until - from);
  let [count, never] = [0, 0];
  for (let run = from; run < until; run++) {
    if (lane !== undefined && traffic.lane[run] !== lane) continue;
    const waited = waitedMs[run] ?? Number.NaN;
    const missing = Number.isNaN(waited);
    if (missing) never++;
    values[count++] = missing ? traffic.endMs - (traffic.atMs[run] ?? 0) : waited;
  }
  const sorted = values.subarray(0, count).sort();
  return { runs: count, never, p50Ms: quantile(sorted, 0.5), p95Ms: quantile(sorted, 0.95), maxMs: sorted.at(-1) };
}

/** Waits of all, of each lane, and of each of the traffic's spans. */
export function summarizeWaits(traffic: Traffic, waitedMs: Float32Array) {
  const all = [0, traffic.atMs.length] as const;
  const [high, normal, low] = lanes.map((_, lane) => waitsOf(traffic, waitedMs, all, lane));
  return {
    all: waitsOf(traffic, waitedMs, all),
    lanes: { high, normal, low },
    spans: traffic.spans.map((span) => ({ ...span, ...waitsOf(traffic, waitedMs, rangeOf(traffic, span)) })),
  };
}
export type WaitSummary = ReturnType<typeof summarizeWaits>;

/** 95 % of the submissions of each step of time waited no longer than this (ms; undefined: nobody came), by lane. */
export function waitsOverTime(
  traffic: Traffic,
  waitedMs: Float32Array,
  steps: { readonly fromMs: number; readonly untilMs: number; readonly stepMs: number },
): { readonly atMs: readonly number[]; readonly p95Ms: Readonly<Record<Lane, readonly (number | undefined)[]>> } {
  const atMs: number[] = [];
  const p95Ms: Record<Lane, (number | undefined)[]> = { high: [], normal: [], low: [] };
  for (let fromMs = steps.fromMs; fromMs < steps.untilMs; fromMs += steps.stepMs) {
    const range = rangeOf(traffic, { fromMs, untilMs: fromMs + steps.stepMs });
    atMs.push(fromMs);
    lanes.forEach((lane, index) => {
      p95Ms[lane].push(waitsOf(traffic, waitedMs, range, index).p95Ms);
    });
  }
  return { atMs, p95Ms };
}
