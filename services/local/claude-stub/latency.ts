/** How long an answer takes: time to the first event and time to the last, drawn from a distribution. Milliseconds. */
import type { Random } from "./random.ts";

/** A distribution of durations. */
export type Duration =
  | { readonly kind: "fixed"; readonly ms: number }
  | { readonly kind: "lognormal"; readonly p50Ms: number; readonly p95Ms: number };

/** Both durations of an answer, counted from the arrival of the request. */
export interface Latency {
  readonly ttft: Duration;
  readonly total: Duration;
}

/** The durations drawn for one answer. */
export interface Pace {
  readonly ttftMs: number;
  readonly totalMs: number;
}

/** Answers at once. */
export const NO_LATENCY: Latency = { ttft: { kind: "fixed", ms: 0 }, total: { kind: "fixed", ms: 0 } };

/** 95th percentile of the standard normal distribution. */
const Z95 = 1.6449;

/** A duration from the distribution; never negative. */
export function draw(duration: Duration, random: Random): number {
  if (duration.kind === "fixed") return duration.ms;
  const sigma = Math.log(Math.max(1, duration.p95Ms / duration.p50Ms)) / Z95;
  const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return duration.p50Ms * Math.exp(sigma * normal);
}

/** Draws one answer's pace; the last event is never before the first. */
export function paceOf(latency: Latency, random: Random): Pace {
  const ttftMs = draw(latency.ttft, random);
  return { ttftMs, totalMs: Math.max(ttftMs, draw(latency.total, random)) };
}

/** Spread of the short form: the 95th percentile lies at twice the median. */
const SHORT_FORM_SPREAD = 2;

/** Reads "none", or "ttft/total" as medians in milliseconds ("120/900"); undefined for anything else. */
export function parseLatency(text: string): Latency | undefined {
  if (text === "none" || text === "0") return NO_LATENCY;
  const match = /^(\d+)\/(\d+)$/.exec(text);
  if (match === null) return undefined;
  const around = (ms: number): Duration =>
    ms === 0 ? { kind: "fixed", ms: 0 } : { kind: "lognormal", p50Ms: ms, p95Ms: ms * SHORT_FORM_SPREAD };
  return { ttft: around(Number(match[1])), total: around(Number(match[2])) };
}
