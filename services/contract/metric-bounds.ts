/** Times and counts of metrics and traces; part of `limits`. */
import { MINUTE, SECOND } from "./units.ts";

/** How often metrics are written. */
const EVERY = MINUTE;
/** Minutes that recent numbers are of. */
const RECENT = 5;

/** Spread into `limits`, which is where they are used by name. */
export const metricBounds = {
  /** Metrics: how often a process writes what it measured (on AWS; a laptop says another time), and at most how often a function
   * that answers requests does. */
  metricsEveryMs: EVERY,
  metricsFunctionMs: SECOND,
  /** Whole minutes before the present one that rates and percentiles are of, how long minutes are kept (much longer), and gauges that
   * are older are not shown: one lost measurement hides none. */
  metricsMinutes: RECENT,
  keepMinutesMs: 12 * RECENT * MINUTE,
  gaugesOldMs: 3 * EVERY,
  /** Traces: spans that are kept between two exports, how often they are exported, and how long one call may take. */
  spansMax: 2_000,
  spansEveryMs: 5 * SECOND,
  spansCallMs: 3 * SECOND,
} as const;
