import { expect, test } from "vitest";
import { runSeed } from "./seeds.ts";

const RUNS = 60;
/** On a machine that is busy with other tests. */
const WITHIN_MS = 60_000;

test.each([1, 2, 3, 4, 5, 6, 7, 8])("seed %i breaks no promise", { timeout: WITHIN_MS }, async (seed) => {
  const { outcome } = await runSeed(seed, { runs: RUNS });
  expect(outcome.violation).toBeUndefined();
  expect(outcome.runs).toBeGreaterThan(0);
});

test("without faults every run ends, and none of them in doubt", { timeout: WITHIN_MS }, async () => {
  const { outcome } = await runSeed(9, { runs: RUNS, faults: [] });
  expect(outcome.violation).toBeUndefined();
  expect(outcome.faults).toEqual({});
  expect(outcome.runs).toBeGreaterThan(0);
});

test("what is promised of a quiet world is looked at: releases resume, full queues refuse", {
  timeout: WITHIN_MS,
}, async () => {
  const leaving = await runSeed(1, { runs: 150, faults: ["notice", "notice-with-deadline", "drain-flag"] });
  expect(leaving.outcome.violation).toBeUndefined();
  expect(leaving.outcome.seen.resumed).toBeGreaterThan(0);
  const crowded = await runSeed(3, {
    runs: 150,
    workers: 2,
    slots: 4,
    queuedMax: 10,
    submitOverMs: 30_000,
    faults: [],
  });
  expect(crowded.outcome.violation).toBeUndefined();
  expect(crowded.outcome.seen.refused).toBeGreaterThan(0);
});

test("a seed plays the same twice, bit for bit, and another seed does not", { timeout: WITHIN_MS }, async () => {
  const [first, second, other] = [
    await runSeed(11, { runs: RUNS }),
    await runSeed(11, { runs: RUNS }),
    await runSeed(12, { runs: RUNS }),
  ];
  expect(second.outcome).toEqual(first.outcome);
  expect(other.outcome.hash).not.toBe(first.outcome.hash);
});
