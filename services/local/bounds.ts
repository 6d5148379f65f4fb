/** Bounds of the local twin, each with its reason. Those of the system itself are in `contract/limits.ts`. */
import { assertLimit, limits } from "../contract/limits.ts";
import { SECOND } from "../contract/units.ts";

export const bounds = {
  /** Ports tried above the default one; longest start of a child; longest wait for its end after a request to stop. */
  portTries: 100,
  readyMs: 60 * SECOND,
  stopMs: 5 * SECOND,
  /** A worker's end after SIGTERM, and a child's after SIGKILL. */
  drainMs: limits.drainMs + 5 * SECOND,
  killMs: 5 * SECOND,
  /** A part that is not a worker, when the user is in a hurry; signals so close together are one (npm sends its own). */
  hastyMs: SECOND,
  oneSignalMs: 500,
  /** Restart of a child that ended by itself: backoff, how often in a row, and the life after which it counts afresh. */
  restartBaseMs: 250,
  restartMaxMs: 10 * SECOND,
  restartsMax: 8,
  settledMs: 30 * SECOND,
  /** Long poll and visibility on a laptop: short, so that what a killed process held comes back soon. */
  receiveWaitMs: 2 * SECOND,
  visibilityMs: 60 * SECOND,
  /** How often metrics are written: soon enough to watch them change. */
  metricsMs: 5 * SECOND,
  /** Batches of the Claude stand-in: how long turns are collected, and the first wait for a batch. */
  batchCollectMs: SECOND,
  batchPollMs: 3 * SECOND,
  /** Bytes of a role's log before it is put aside (one older part is kept); lines of stderr that an error shows. */
  logBytes: 50 * 1_024 * 1_024,
  stderrLines: 20,
  /** A person hears of the same kind of trouble in the same part once in this time; the logs have all of it. */
  sameTroubleMs: 5 * SECOND,
  lineChars: 64 * 1_024,
  /** Largest fleet that one laptop is asked for. */
  workersMax: 64,
  slotsMax: 20_000,
  /** Workers that the controller may start by itself: one for each core, and no more than this memory holds (a worker under
   * load, and half of the machine for everything else). */
  workerBytes: 400 * 1_024 * 1_024,
  machineShare: 0.5,
  /** From the start of a worker process to its first claim; how long a burst must be over until workers leave, one after the other. */
  bootMs: 4 * SECOND,
  quietMs: 60 * SECOND,
} as const;

assertLimit(limits.drainMs < bounds.drainMs, "a worker has had its time to drain before it is killed");
assertLimit(bounds.slotsMax <= limits.heldPages * limits.censusPage, "a worker can ask for all that it holds");
assertLimit(limits.deadAfterMs <= bounds.visibilityMs / 3, "the watch sees a death before the message comes back");
