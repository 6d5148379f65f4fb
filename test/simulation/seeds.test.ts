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

test("a seed plays the same twice, bit for bit, and another seed does not", { timeout: WITHIN_MS }, async () => {
  const [first, second, other] = [
    await runSeed(11, { runs: RUNS }),
    await runSeed(11, { runs: RUNS }),
    await runSeed(12, { runs: RUNS }),
  ];
  expect(second.outcome).toEqual(first.outcome);
  expect(other.outcome.hash).not.toBe(first.outcome.hash);
});
