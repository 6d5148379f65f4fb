/**
 * 1,000 concurrent runs against a tenant's budget that pays for 300 of them: at no step is it overspent (the check
 * `sharedBudgetsHold`), and at the end at least 95 % of it is used, whatever happened to those who hold parts of it. And bugs
 * that would overspend it, planted one at a time: the check finds each.
 */
import { expect, test } from "vitest";
import { budgetBugs } from "../budget-bugs.ts";
import { type FaultName, faultNames } from "../engine/faults.ts";
import { drawOptions } from "../engine/options.ts";
import type { Extras } from "../outcome.ts";
import { Simulation } from "../simulate.ts";

const RUNS = 1_000;
const WORKERS = 20;
/** About what 300 runs of the simulated agent cost. */
const BUDGET = 300 * 290;
const WITHIN_MS = 120_000;

const store: readonly FaultName[] = [
  "store-failed",
  "store-throttled",
  "store-slow",
  "store-answer-lost",
  "store-write-late",
];
const ends: readonly FaultName[] = ["worker-crash", "notice", "notice-with-deadline"];

async function play(seed: number, faults: readonly FaultName[], extras: Extras = {}) {
  const settled = { runs: RUNS, workers: WORKERS, slots: RUNS / WORKERS, tenants: 1, tenantBudget: BUDGET, faults };
  const simulation = new Simulation(drawOptions(seed, settled), { budgetsStay: true, ...extras });
  const { violation } = await simulation.run();
  const accounted = await simulation.accounted("anna");
  return { violation, paid: simulation.paid.of("anna"), used: simulation.paid.usedBy("anna"), accounted };
}

const harms = [
  { harm: "nothing goes wrong", seed: 1, faults: [] },
  { harm: "answers are lost and late", seed: 2, faults: store },
  { harm: "workers are killed and told to leave", seed: 1, faults: ends },
  { harm: "workers are killed and told to leave", seed: 2, faults: ends },
  { harm: "workers stand still", seed: 1, faults: ["worker-pause"] },
  { harm: "workers stand still", seed: 3, faults: ["worker-pause"] },
  { harm: "all of that, and several controllers", seed: 1, faults: [...store, ...ends, "two-controllers"] },
  { harm: "all of that, and no controller", seed: 3, faults: [...store, ...ends, "controller-dead"] },
  { harm: "everything goes wrong", seed: 1, faults: faultNames },
  { harm: "everything goes wrong", seed: 2, faults: faultNames },
  { harm: "everything goes wrong", seed: 3, faults: faultNames },
  { harm: "everything goes wrong", seed: 4, faults: faultNames },
  { harm: "everything goes wrong", seed: 7, faults: faultNames },
  { harm: "everything goes wrong", seed: 10, faults: faultNames },
] as const;

/** Faults after which nobody knows what a worker had drawn since its last stored beat. */
const deaths: ReadonlySet<FaultName> = new Set(["worker-crash", "worker-pause", "poison-run"]);

test.each(harms)("$harm (seed $seed): never overspent, 95 % used", { timeout: WITHIN_MS }, async ({ seed, faults }) => {
  const { violation, paid, used, accounted } = await play(seed, faults);
  expect(violation).toBeUndefined();
  expect(paid).toBeLessThanOrEqual(BUDGET);
  // No call that was made is missing in the account, and what is in it was paid or may have been.
  expect(accounted).toBeLessThanOrEqual(BUDGET);
  expect(accounted).toBeGreaterThanOrEqual(paid);
  expect(accounted).toBeGreaterThanOrEqual(0.95 * BUDGET);
  // Where no worker died, that is what calls cost, or may have. Else up to a beat's ceiling of each dead one is in doubt too.
  if (!faults.some((name) => deaths.has(name))) expect(used).toBeGreaterThanOrEqual(0.95 * BUDGET);
});

test.each(budgetBugs)("finds: $bug", { timeout: WITHIN_MS }, async ({ faults, withinSeeds = 3, plant }) => {
  let found: string | undefined;
  for (let seed = 1; seed <= withinSeeds && found === undefined; seed++)
    found = (await play(seed, faults, { plant })).violation?.promise;
  expect(found).toBe("sharedBudgetsHold");
});
