import { setImmediate as macrotask } from "node:timers/promises";
import type { Clock } from "../../ports/clock.ts";

/** A clock that moves only when told to. Who waits for a signal or a promise of another kind is not moved by it. */
export type ManualClock = Clock & {
  /** How many sleeps are pending. */
  readonly sleeping: number;
  /**
   * Lets `ms` pass: wakes every sleeper at its own time, in the order of their times (of equal ones the first to fall asleep),
   * and lets the code after each run until it waits again. Sleeps begun on the way are woken too.
   */
  advance(ms: number): Promise<void>;
  /** Moves from sleeper to sleeper until `done` holds; throws after `withinMs` of clock time, or when nobody sleeps. */
  advanceUntil(done: () => boolean | Promise<boolean>, withinMs: number): Promise<void>;
};

type Sleeper = { readonly dueMs: number; readonly order: number; wake(): void };

const before = (a: Sleeper, b: Sleeper): boolean => a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);

/** First place in a sorted list that does not come before `one`. */
function placeOf(one: Sleeper, sorted: readonly Sleeper[]): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const there = sorted[middle];
    if (there !== undefined && before(there, one)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A manual clock that begins at `startMs` (since 1970); `monotonicMs` begins at 0. */
export function manualClock(startMs: number): ManualClock {
  const sleepers: Sleeper[] = [];
  let atMs = 0;
  let asleep = 0;

  const wakeNext = async () => {
    const next = sleepers.shift();
    if (next === undefined) return;
    atMs = Math.max(atMs, next.dueMs);
    next.wake();
    await macrotask();
  };
  const clock: ManualClock = {
    nowMs: () => startMs + Math.floor(atMs),
    monotonicMs: () => atMs,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (ms <= 0 || signal?.aborted === true) return resolve();
        const abort = () => {
          sleepers.splice(placeOf(sleeper, sleepers), 1);
          resolve();
        };
        const wake = () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        };
        const sleeper = { dueMs: atMs + ms, order: asleep++, wake };
        sleepers.splice(placeOf(sleeper, sleepers), 0, sleeper);
        signal?.addEventListener("abort", abort, { once: true });
      }),
    get sleeping() {
      return sleepers.length;
    },
    advance: async (ms) => {
      const untilMs = atMs + ms;
      await macrotask();
      while ((sleepers[0]?.dueMs ?? Number.POSITIVE_INFINITY) <= untilMs) await wakeNext();
      atMs = untilMs;
      await macrotask();
    },
    advanceUntil: async (done, withinMs) => {
      const untilMs = atMs + withinMs;
      await macrotask();
      while (!(await done())) {
        const dueMs = sleepers[0]?.dueMs;
        if (dueMs === undefined) throw new Error("manual clock: nobody sleeps, so waiting changes nothing");
        if (dueMs > untilMs) throw new Error(`manual clock: not done within ${withinMs} ms`);
        await wakeNext();
      }
    },
  };
  return clock;
}
