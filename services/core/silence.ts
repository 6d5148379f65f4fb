/** Which workers fell silent, by the observer's own clock: what a worker's clock says is never compared with ours. */
import type { WorkerItem } from "../contract/fleet.ts";
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import type { RunHead } from "../contract/run.ts";
import { isAlive } from "./alive.ts";
import type { Holding } from "./recovery.ts";

/**
 * A worker's counter as the observer saw it last, for how long it has not changed, and whether it was ever seen to. `ownMs`: the
 * worker's own time in its last beat; undefined where it does not say.
 */
export type Sighting = {
  readonly counter: number;
  readonly silentMs: number;
  readonly beating: boolean;
  readonly ownMs: number | undefined;
};

/** One look at the fleet at `atMs` (monotonic). */
export type Look = { readonly atMs: number; readonly sightings: ReadonlyMap<WorkerId, Sighting> };

/**
 * Takes in a look. Time in which the observer itself could not look (store down, process paused) adds `lookGapMs` at
 * most: workers could not beat either. Workers that are gone or buried are forgotten.
 */
export function observe(before: Look | undefined, workers: readonly WorkerItem[], atMs: number): Look {
  const elapsedMs = before === undefined ? 0 : Math.min(limits.lookGapMs, atMs - before.atMs);
  const sightings = new Map<WorkerId, Sighting>();
  for (const { workerId, counter, beatAtMs: ownMs } of workers.filter(isAlive)) {
    const seen = before?.sightings.get(workerId);
    if (seen === undefined) sightings.set(workerId, { counter, silentMs: 0, beating: false, ownMs });
    else if (seen.counter !== counter) sightings.set(workerId, { counter, silentMs: 0, beating: true, ownMs });
    else sightings.set(workerId, { ...seen, silentMs: seen.silentMs + elapsedMs });
  }
  return { atMs, sightings };
}

/** Workers that have been silent for more than `deadAfterMs`. */
export const silent = (look: Look): (Sighting & { readonly workerId: WorkerId })[] =>
  [...look.sightings]
    .map(([workerId, sighting]) => ({ workerId, ...sighting }))
    .filter(({ silentMs }) => silentMs > limits.deadAfterMs);

/**
 * Time from `atMs` (monotonic) until the next worker, should it stay silent, has been silent for too long; infinite when there is
 * none, or when that moment is past. A look then, not at the next beat of the watch, finds a death up to `watchMs` earlier.
 */
export function untilNextDeathMs(look: Look, atMs: number): number {
  // One more than the rest: silence is longer than `deadAfterMs`, not equal to it.
  const times = [...look.sightings.values()].map(
    ({ silentMs }) => look.atMs + limits.deadAfterMs - silentMs + 1 - atMs,
  );
  return Math.min(Number.POSITIVE_INFINITY, ...times.filter((ms) => ms > 0));
}

/** Workers that this observer saw beating and does not hold for dead. */
export const living = (look: Look): WorkerId[] =>
  [...look.sightings].filter(([, { beating }]) => beating).map(([workerId]) => workerId);

/** Gives by what time a run is judged at `nowMs`: its holder's own one is that of the last beat, where that was seen and says it. */
export function holdingAt(look: Look | undefined, nowMs: number): (head: RunHead) => Holding {
  const seen: ReadonlyMap<string, Sighting> = look?.sightings ?? new Map();
  return ({ holder = "" }) => ({ nowMs, ownMs: seen.get(holder)?.ownMs });
}

/**
 * When a worker was last alive, in its own time: its last beat says it. Of a worker that does not, about: a beat every `heartbeatMs`
 * since its start, later than the truth by as much as it beat more often.
 */
export const lastBeatMs = (worker: WorkerItem): number =>
  worker.beatAtMs ?? worker.startedAtMs + worker.counter * limits.heartbeatMs;
