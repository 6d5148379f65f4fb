/** Times, sizes and counts of the command line, each with a name. What the API promises is in `contract/limits.ts`. */
import { assertLimit, limits } from "../contract/limits.ts";
import { SECOND } from "../contract/units.ts";

export const cliLimits = {
  /** One request, without the time that a long poll asks for; first byte of an event stream. */
  requestMs: 30 * SECOND,
  /** Tries of a request that may be repeated, and the waits between them; longest `Retry-After` obeyed. */
  tries: 9,
  retryBaseMs: 250,
  retryMaxMs: 10 * SECOND,
  retryAfterMaxMs: 60 * SECOND,

  /** A file of runs: lines, bytes of the file, bytes of one text that `$file` names, depth of `$file` search. */
  fileLines: 100_000,
  fileBytes: 512 * 1_024 * 1_024,
  refBytes: limits.bodyBytes,
  refDepth: 32,
  /** Lines with an error that are shown before the rest is only counted. */
  errorsShown: 20,

  /** Batches in flight while submitting; waits in flight, how long one asks for, and the pause between two asks. */
  submitParallel: 4,
  waitParallel: 8,
  waitMs: 2 * SECOND,
  waitPaceMs: 250,

  /** Progress: how often a terminal and a pipe see it, and the window that the rate is measured over. */
  barEveryMs: 200,
  lineEveryMs: 5 * SECOND,
  rateWindowMs: 30 * SECOND,

  /** `list --all`. */
  listAll: 10_000,
  /** `export`: runs that are read at most. */
  exportRuns: 1_000_000,

  /** `watch`: reconnects without a new event in between before giving up; silence that means a dead connection. */
  reconnects: 10,
  streamSilenceMs: 60 * SECOND,
  /** Longest event that is read; the last one carries the run's output. */
  streamEventChars: 16 * 1_024 * 1_024,

  /** `fleet`: how often `--watch` looks, for how long at most; entries of the history. */
  fleetEveryMs: 2 * SECOND,
  fleetWatchMs: 12 * 60 * 60 * SECOND,
  fleetEvents: 20,

  /** Clock skew against the API that `doctor` reports; the Date header has whole seconds. */
  skewMs: 5 * SECOND,
} as const;

assertLimit(cliLimits.waitMs <= limits.waitMs, "a wait of the command line is one that the API takes");
assertLimit(cliLimits.lineEveryMs <= 10 * SECOND, "a pipe sees progress often enough to know that it goes on");
