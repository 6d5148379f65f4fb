/** Sizes and times of the planner, each with a name. */
import { HOUR, MINUTE } from "../contract/units.ts";

export const plannerBounds = {
  /** A traffic file: bytes, submissions, the time that it spans, and lines with an error that are shown. */
  trafficBytes: 400 * 1_024 * 1_024,
  submissionsMax: 5_000_000,
  spanMaxMs: 35 * 24 * HOUR,
  errorsShown: 20,
  /** Longest activity of one run. */
  activeMaxMs: 24 * HOUR,
  /** After the last submission the fleet is played on until its run would have ended, at most so long. */
  tailMaxMs: 4 * HOUR,
  /** Named patterns: highest number of active runs. */
  peakMax: 100_000,
  /** All policies of one plan together. */
  planMs: 60 * MINUTE,
} as const;
