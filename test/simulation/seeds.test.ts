import { expect, test } from "vitest";
import type { Settled } from "./engine/options.ts";
import type { Outcome } from "./outcome.ts";
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

/** What some worlds came to that have these options in common; none of them breaks a promise. */
async function worlds(seeds: readonly number[], settled: Settled): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  for (const seed of seeds) outcomes.push((await runSeed(seed, settled)).outcome);
  expect(outcomes.flatMap(({ violation }) => violation ?? [])).toEqual([]);
  return outcomes;
}
const seenIn = (outcomes: readonly Outcome[], what: keyof Outcome["seen"]): number =>
  outcomes.reduce((sum, { seen }) => sum + seen[what], 0);

test("releases in a quiet world are seen to resume", { timeout: WITHIN_MS }, async () => {
  const leaving = { runs: 100, faults: ["notice", "notice-with-deadline", "drain-flag"] } as const;
  expect(seenIn(await worlds([5, 8], leaving), "resumed")).toBeGreaterThan(0);
});

test("running runs end soon after their cancel", { timeout: WITHIN_MS }, async () => {
  const cancelling = { runs: 60, faults: ["notice"], cancels: 0.5, submitOverMs: 10_000 } as const;
  expect(seenIn(await worlds([2], cancelling), "cancelled")).toBeGreaterThan(0);
});

test("a full queue refuses, and takes in later", { timeout: WITHIN_MS }, async () => {
  const crowd = { runs: 150, workers: 2, slots: 4, queuedMax: 10, submitOverMs: 30_000, faults: [] };
  expect(seenIn(await worlds([3, 4], crowd), "refused")).toBeGreaterThan(0);
});

test("a run that kills its workers is given up; one that was given up goes on", { timeout: WITHIN_MS }, async () => {
  const poisoned = { runs: 100, faults: ["poison-run"], poison: 0.02, supervised: 1, redrives: 1 } as const;
  const outcomes = await worlds([1, 4, 6], poisoned);
  // An end that a redrive took back is counted no more; its reason stays.
  expect(outcomes.filter(({ ends }) => "too-many-interruptions" in ends).length).toBeGreaterThan(0);
  expect(seenIn(outcomes, "redriven")).toBeGreaterThan(0);
});

test("a fleet grows with the load and shrinks to its floor, and plays the same twice", {
  timeout: WITHIN_MS,
}, async () => {
  const scaled = { runs: 40, slots: 1, faults: [], scaled: true } as const;
  const [first] = await worlds([3], scaled);
  expect(first?.seen.launched).toBeGreaterThan(3);
  expect(first?.seen.scaledIn).toBeGreaterThan(0);
  expect(await worlds([3], scaled)).toEqual([first]);
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
