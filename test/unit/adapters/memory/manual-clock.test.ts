import fc from "fast-check";
import { expect, test } from "vitest";
import { manualClock } from "../../../../services/adapters/memory/manual-clock.ts";
import { aTimeMs } from "../../../support/builders.ts";

test("every sleeper wakes at its own time, also one that falls asleep on the way", async () => {
  const clock = manualClock(aTimeMs);
  const woken: number[] = [];
  const loop = async () => {
    for (let i = 0; i < 3; i++) {
      await clock.sleep(10);
      woken.push(clock.nowMs() - aTimeMs);
    }
  };
  void loop();
  void clock.sleep(15).then(() => woken.push(clock.nowMs() - aTimeMs));
  await clock.advance(100);
  expect(woken).toEqual([10, 15, 20, 30]);
  expect(clock.nowMs()).toBe(aTimeMs + 100);
  expect(clock.sleeping).toBe(0);
});

test("sleepers of one time wake in the order in which they fell asleep", async () => {
  const clock = manualClock(aTimeMs);
  const woken: number[] = [];
  for (let i = 0; i < 20; i++) void clock.sleep(5).then(() => woken.push(i));
  await clock.advance(5);
  expect(woken).toEqual(Array.from({ length: 20 }, (_, i) => i));
});

test("any set of sleeps, some of them aborted, wakes in order and leaves nothing behind", async () => {
  const sleeps = fc.array(fc.record({ ms: fc.integer({ min: 1, max: 50 }), abort: fc.boolean() }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(sleeps, async (given) => {
      const clock = manualClock(aTimeMs);
      const woken: number[] = [];
      for (const { ms, abort } of given) {
        const stop = new AbortController();
        void clock.sleep(ms, stop.signal).then(() => (abort ? undefined : woken.push(ms)));
        if (abort) stop.abort();
      }
      await clock.advance(50);
      const kept = given.filter(({ abort }) => !abort).map(({ ms }) => ms);
      expect(woken).toEqual(kept.sort((a, b) => a - b));
      expect(clock.sleeping).toBe(0);
    }),
    { numRuns: 50 },
  );
});

test("advanceUntil stops at the moment when it is done", async () => {
  const clock = manualClock(aTimeMs);
  let beats = 0;
  const stop = new AbortController();
  const beating = (async () => {
    while (!stop.signal.aborted) {
      await clock.sleep(1_000, stop.signal);
      beats++;
    }
  })();
  await clock.advanceUntil(() => beats === 7, 60_000);
  expect(clock.nowMs()).toBe(aTimeMs + 7_000);
  await expect(clock.advanceUntil(() => beats === 100, 5_000)).rejects.toThrow("not done within 5000 ms");
  stop.abort();
  await beating;
  await expect(clock.advanceUntil(() => false, 5_000)).rejects.toThrow("nobody sleeps");
});
