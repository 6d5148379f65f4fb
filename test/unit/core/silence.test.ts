import fc from "fast-check";
import { expect, test } from "vitest";
import type { WorkerItem } from "../../../services/contract/fleet.ts";
import { limits } from "../../../services/contract/limits.ts";
import { type Look, lastBeatMs, living, observe, silent, untilNextDeathMs } from "../../../services/core/silence.ts";
import { aBeat, aTimeMs } from "../../support/builders.ts";

const item = (counter: number, overrides: Partial<WorkerItem> = {}): WorkerItem => ({
  ...aBeat({ counter }),
  drain: false,
  inbox: [],
  ...overrides,
});

const worker = item(1);

/** Looks every `watchMs` with these counters. */
function looks(counters: readonly number[]): Look {
  const first = observe(undefined, [worker], 0);
  return counters.reduce(
    (look, counter, i) => observe(look, [{ ...worker, counter }], (i + 1) * limits.watchMs),
    first,
  );
}

const still = (ms: number): number[] => Array.from({ length: ms / limits.watchMs }, () => 1);

test("a worker is dead when its counter stood still for longer than `deadAfterMs`, by the observer's clock", () => {
  expect(silent(looks(still(limits.deadAfterMs)))).toEqual([]);
  const [dead] = silent(looks([...still(limits.deadAfterMs), 1]));
  expect(dead).toMatchObject({ workerId: worker.workerId, counter: 1 });
});

test("a counter that changed begins anew, whichever way it changed", () => {
  expect(silent(looks([...still(limits.deadAfterMs), 2, 2]))).toEqual([]);
  expect(silent(looks([...still(limits.deadAfterMs), 0, 0]))).toEqual([]);
});

test("time in which the observer could not look is not silence: an outage of the store buries nobody", () => {
  const before = looks(still(4 * limits.watchMs));
  const after = observe(before, [worker], before.atMs + 10 * limits.deadAfterMs);
  expect(silent(after)).toEqual([]);
});

test("who was never seen beating is not known to live; buried and gone workers are forgotten", () => {
  expect(living(looks([1, 1]))).toEqual([]);
  expect(living(looks([1, 2]))).toEqual([worker.workerId]);
  const look = looks([1, 2]);
  expect(observe(look, [], look.atMs + 1).sightings.size).toBe(0);
  expect(observe(look, [{ ...worker, buriedAtMs: 1 }], look.atMs + 1).sightings.size).toBe(0);
});

test("a worker that beats is never buried, however the looks fall", () => {
  const gap = fc.integer({ min: 1, max: 60_000 });
  fc.assert(
    fc.property(fc.array(gap, { maxLength: 50 }), (gaps) => {
      let look: Look | undefined;
      let atMs = 0;
      for (const ms of gaps) {
        atMs += ms;
        look = observe(look, [item(Math.floor(atMs / limits.heartbeatMs), { workerId: worker.workerId })], atMs);
        expect(silent(look)).toEqual([]);
      }
    }),
  );
});

test("the last beat was when it says: beats that were asked for between two make no worker live longer", () => {
  expect(lastBeatMs(item(4_320, { beatAtMs: aTimeMs + 3_600_000 }))).toBe(aTimeMs + 3_600_000);
});

test("a beat that does not say its time is told from the start and the counter", () => {
  expect(lastBeatMs(item(3))).toBe(aTimeMs + 3 * limits.heartbeatMs);
});

test("the next death is due when the longest silence is over, and a due time that is past asks for no look", () => {
  const look = looks(still(6_000));
  expect(untilNextDeathMs(look, look.atMs)).toBe(limits.deadAfterMs - 6_000 + 1);
  expect(untilNextDeathMs(look, look.atMs + 1_000)).toBe(limits.deadAfterMs - 7_000 + 1);
  expect(untilNextDeathMs(look, look.atMs + limits.deadAfterMs)).toBe(Number.POSITIVE_INFINITY);
  expect(untilNextDeathMs(observe(undefined, [], 0), 0)).toBe(Number.POSITIVE_INFINITY);
});

test("a look at the time that is given finds the death", () => {
  const look = looks(still(18_000));
  const atMs = look.atMs + untilNextDeathMs(look, look.atMs);
  expect(silent(observe(look, [worker], atMs - 1))).toEqual([]);
  expect(silent(observe(look, [worker], atMs))).toHaveLength(1);
});
