import fc from "fast-check";
import { expect, test } from "vitest";
import { makeTally, type Point, prunePoints, rateOf } from "../../../services/cli/submit/progress.ts";
import { progressBar, progressText } from "../../../services/cli/submit/progress-line.ts";
import { fakeRun } from "../../support/fake-api.ts";

const plain = (_tone: unknown, text: string) => text;
const idOf = (n: number): string => `run_${"abcdefghij"[n]}${"a".repeat(25)}`;
const view = (n: number, state: "RUNNING" | "SUCCEEDED" | "FAILED", spentMicroUsd = 100) =>
  fakeRun(idOf(n), {
    state,
    cost: { budgetMicroUsd: 1_000, spentMicroUsd, reservedMicroUsd: 0, possibleMicroUsd: 0, savedMicroUsd: 0 },
  });

test("no rate before something has ended; then ends per second of the window", () => {
  expect(rateOf([], 1_000, 30_000)).toBeUndefined();
  expect(rateOf([{ atMs: 0, ended: 0 }], 1_000, 30_000)).toBeUndefined();
  expect(
    rateOf(
      [
        { atMs: 0, ended: 0 },
        { atMs: 2_000, ended: 10 },
      ],
      5_000,
      30_000,
    ),
  ).toBe(2);
  const slowing = [
    { atMs: 0, ended: 0 },
    { atMs: 10_000, ended: 100 },
    { atMs: 40_000, ended: 110 },
  ];
  expect(rateOf(slowing, 40_000, 30_000)).toBeCloseTo(10 / 30);
});

test("pruning never changes a rate, and keeps the points bounded by the window", () => {
  const steps = fc.array(fc.tuple(fc.integer({ min: 1, max: 5_000 }), fc.integer({ min: 0, max: 9 })), {
    minLength: 1,
  });
  fc.assert(
    fc.property(steps, (moves) => {
      let points: Point[] = [{ atMs: 0, ended: 0 }];
      for (const [ms, ends] of moves) {
        const last = points.at(-1) ?? { atMs: 0, ended: 0 };
        points = [...points, { atMs: last.atMs + ms, ended: last.ended + ends }];
      }
      const nowMs = points.at(-1)?.atMs ?? 0;
      const pruned = prunePoints(points, nowMs, 10_000);
      expect(rateOf(pruned, nowMs, 10_000)).toBe(rateOf(points, nowMs, 10_000));
      expect(pruned.filter((point) => point.atMs < nowMs - 10_000).length).toBeLessThanOrEqual(1);
    }),
  );
});

test("the tally counts each run by its last state and cost, and an end once", () => {
  const tally = makeTally(4, 0);
  tally.accept(4);
  tally.see([view(0, "RUNNING"), view(1, "SUCCEEDED")], 1_000);
  tally.see([view(0, "SUCCEEDED", 300), view(1, "SUCCEEDED"), view(2, "FAILED")], 2_000);
  expect(tally.progress(2_000)).toEqual({
    total: 4,
    accepted: 4,
    ended: 3,
    states: { SUCCEEDED: 2, FAILED: 1 },
    costMicroUsd: 500,
    elapsedMs: 2_000,
    perSecond: 1.5,
    leftMs: expect.closeTo(667, 0),
  });
});

test("words say what is known and nothing else", () => {
  const tally = makeTally(3, 0);
  tally.accept(2);
  expect(progressText(tally.progress(0))).toBe("2 of 3 submitted");
  tally.accept(1);
  tally.see([view(0, "RUNNING")], 500);
  expect(progressText(tally.progress(500))).toBe("0 of 3 ended, 1 running, 2 queued, $0.000100");
  tally.see([view(0, "FAILED")], 1_000);
  expect(progressText(tally.progress(1_000))).toBe(
    "1 of 3 ended, 0 running, 2 queued, 1 failed, 1.0 runs/s, $0.000100, about 2.0s left",
  );
});

test("the bar fits every terminal", () => {
  const numbers = fc.record({
    total: fc.integer({ min: 1, max: 100_000 }),
    share: fc.float({ min: 0, max: 1, noNaN: true }),
  });
  fc.assert(
    fc.property(numbers, fc.integer({ min: 1, max: 200 }), ({ total, share }, columns) => {
      const ended = Math.floor(total * share);
      const states = { SUCCEEDED: ended, RUNNING: total - ended };
      const progress = {
        total,
        accepted: total,
        ended,
        states,
        costMicroUsd: ended * 7,
        elapsedMs: 1,
        perSecond: 12.3,
        leftMs: 5_000,
      };
      expect(progressBar(progress, columns, plain).length).toBeLessThan(columns);
    }),
  );
});
