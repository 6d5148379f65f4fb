import fc from "fast-check";
import { expect, test } from "vitest";
import { flightId } from "../../../services/contract/batch.ts";
import { limits } from "../../../services/contract/limits.ts";
import { batchWorst, candidatesOf, customIdOf, lookAgainMs } from "../../../services/core/batch.ts";
import { aRunId } from "../../support/ids.ts";

const HOUR = 3_600_000;

test("the name of a turn is one that the API takes, and no two turns have the same", () => {
  const ids = [aRunId(), aRunId()];
  const names = ids.flatMap((id) => Array.from({ length: limits.turnsMax }, (_, i) => customIdOf(id, i + 1)));
  for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_-]{1,64}$/);
  expect(new Set(names).size).toBe(names.length);
});

/** Looks at a batch until it is that old. */
const looks = (untilMs: number): number => {
  let count = 0;
  for (let ageMs = 0; ageMs < untilMs; count++) ageMs += lookAgainMs(ageMs);
  return count;
};

test("looks grow apart: a batch of an hour costs some, one of a day some dozens more", () => {
  expect(looks(HOUR)).toBeLessThan(12);
  expect(looks(24 * HOUR)).toBeLessThan(110);
});

test("no look comes sooner than the first wait or later than the longest, and the wait is in proportion to the age", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 48 * HOUR }), (ageMs) => {
      const waitMs = lookAgainMs(ageMs);
      expect(Number.isSafeInteger(waitMs)).toBe(true);
      expect(waitMs).toBeGreaterThanOrEqual(limits.batchPollMs);
      expect(waitMs).toBeLessThanOrEqual(
        Math.max(limits.batchPollMs, Math.min(limits.batchPollMaxMs, Math.ceil(ageMs / 2))),
      );
    }),
  );
});

const intent = { id: flightId.parse("b_00000000"), size: 3, intentAtMs: 10 * HOUR, state: "INTENT" } as const;
const batch = (createdAtMs: number, size = 3) => ({ id: "msgbatch_1", createdAtMs, size });

test("a batch that a flight may have made is among the candidates, whatever the clocks differ by within the slack", () => {
  const span = limits.batchSendMs + limits.batchCallMs;
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: span }),
      fc.integer({ min: -limits.batchSlackMs, max: limits.batchSlackMs }),
      (afterMs, skewMs) => {
        const one = batch(intent.intentAtMs + afterMs + skewMs);
        expect(candidatesOf(intent, [one])).toEqual([one]);
      },
    ),
  );
});

test.each([
  ["of another size", batch(intent.intentAtMs, 4)],
  ["made before", batch(intent.intentAtMs - limits.batchSlackMs - 1)],
  ["made long after", batch(intent.intentAtMs + limits.batchDoubtMs)],
])("a batch %s is none", (_what, one) => {
  expect(candidatesOf(intent, [one])).toEqual([]);
});

test("a batch costs half, rounded up; a model without a price nothing less", () => {
  expect(batchWorst("claude-haiku-5-5", 101)).toBe(51);
  expect(batchWorst("unknown", 101)).toBe(101);
});
