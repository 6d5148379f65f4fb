/** One flight for all: with nothing going wrong, of equal pure runs of a tenant exactly one calls, on however many workers. */
import { expect, test } from "vitest";
import { drawOptions } from "./engine/options.ts";
import { Simulation } from "./simulate.ts";

const RUNS = 300;

test.each([1, 2, 3])("seed %i: equal pure runs make one call", async (seed) => {
  const drawn = drawOptions(seed, { runs: RUNS, faults: [], pure: 1, relaxed: 0 });
  const simulation = new Simulation({ ...drawn, cancels: 0, tightBudgets: 0, turnMs: 300 });
  const { violation, ends } = await simulation.run();
  expect(violation).toBeUndefined();
  expect(ends).toEqual({ completed: RUNS });
  const { pureCalls } = simulation.model;
  expect(pureCalls.length).toBeGreaterThan(5);
  expect(new Set(pureCalls).size).toBe(pureCalls.length);
});
