/** What processes measured, as it is stored: whole numbers that add up, and what the controller measured last. */
import { z } from "zod";

/**
 * Sums by name. `RunsFailed`: a counter. `RunWait.high.7` and `RunWait.high.sum`: how many values of a distribution were in bucket 7,
 * and the sum of all.
 */
export type Cells = Readonly<Record<string, number>>;

/** Gauges by series, as they were at that time. */
export const gauges = z.object({ atMs: z.int(), values: z.record(z.string(), z.number()) });
export type Gauges = z.infer<typeof gauges>;

/** The number of a minute since 1970. */
export const minuteOf = (ms: number): number => Math.floor(ms / 60_000);
