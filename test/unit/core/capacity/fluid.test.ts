/** The decision in a loop with a virtual fleet: it follows load, gives back, and does not swing. */
import { describe, expect, test } from "vitest";
import { seededChance } from "../../../../services/adapters/memory/seeded-chance.ts";
import type { CapacityPolicyInput } from "../../../../services/contract/capacity-policy.ts";
import { NOON, policyOf } from "../../../support/capacity.ts";
import {
  FluidFleet,
  type FluidOptions,
  type FluidStep,
  reversals,
  type VirtualPool,
} from "../../../support/fluid-fleet.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const surge: readonly VirtualPool[] = [
  { pool: "spot", min: 0, max: 200, slots: 64, bootMs: MINUTE },
  { pool: "on-demand", min: 30, max: 50, slots: 64, bootMs: MINUTE },
  { pool: "fargate-spot", min: 0, max: 200, slots: 8, bootMs: 40_000 },
  { pool: "fargate", min: 0, max: 200, slots: 8, bootMs: 40_000 },
];
const small: readonly VirtualPool[] = [
  { pool: "spot", min: 0, max: 40, slots: 16, bootMs: MINUTE },
  { pool: "on-demand", min: 1, max: 10, slots: 16, bootMs: MINUTE },
];

const fleetOf = (over: Partial<FluidOptions> & Pick<FluidOptions, "arrivals">, input: CapacityPolicyInput = {}) =>
  new FluidFleet({ policy: policyOf(input), pools: surge, runMs: 2 * MINUTE, startMs: NOON, ...over });

const during = (fleet: FluidFleet, ms: number, stepMs = 10_000): FluidStep[] =>
  Array.from({ length: ms / stepMs }, () => fleet.step());

describe("a burst from the night floor", () => {
  test.each(["backlog", "predictive"] as const)("%s: runs find slots within a minute of the boot time", (kind) => {
    const fleet = fleetOf({ arrivals: (nowMs) => (nowMs < NOON + 5 * MINUTE ? 5 : 80) }, { kind });
    const steps = during(fleet, HOUR);
    const rise = steps.filter(({ visible }) => visible > 0);
    expect(rise[0]?.nowMs).toBeLessThanOrEqual(NOON + 6 * MINUTE);
    expect(rise.at(-1)?.nowMs).toBeLessThanOrEqual(NOON + 8 * MINUTE);
    expect(steps.at(-1)?.slots).toBeGreaterThanOrEqual(9_600);
    expect(steps.at(-1)?.slots).toBeLessThanOrEqual(9_600 * 1.5);
  });
});

describe("noise under constant load", () => {
  const noisy = (seed: number, over: Partial<FluidOptions> = {}): FluidFleet => {
    const chance = seededChance(seed);
    // From 72 % to 128 % of the mean, anew at every step.
    return fleetOf({ pools: small, arrivals: () => 1 * (0.72 + 0.56 * chance.fraction()), ...over });
  };

  test.each([1])("24 h: it turns less than once in an hour and a half (seed %i)", (seed) => {
    const steps = during(noisy(seed, { stepMs: 20_000 }), 24 * HOUR, 20_000).slice(180);
    expect(reversals(steps.map(({ slots }) => slots))).toBeLessThanOrEqual(16);
    expect(Math.max(...steps.map(({ visible }) => visible))).toBeLessThan(20);
  });

  /** Turns in six hours after the first, of moves of at least a tenth of the mean demand: smaller ones are a machine here and there. */
  const swings = (size: number, input: CapacityPolicyInput): number => {
    const chance = seededChance(2);
    const fleet = fleetOf(
      {
        pools: small.map((pool) => ({ ...pool, max: pool.max * size })),
        stepMs: 20_000,
        arrivals: () => size * (0.72 + 0.56 * chance.fraction()),
      },
      input,
    );
    const steps = during(fleet, 7 * HOUR, 20_000).slice(180);
    return reversals(
      steps.map(({ slots }) => slots),
      size * 12,
    );
  };
  test.each((["step", "backlog", "predictive"] as const).flatMap((kind) => [1, 8].map((size) => ({ kind, size }))))(
    "6 h of $kind at $size times the load: no swing of a tenth of it, but one",
    ({ kind, size }) => {
      expect(swings(size, { kind })).toBeLessThanOrEqual(2);
    },
  );
  test("planted: a policy that gives back at once all that it can swings, and is seen", () => {
    const scaleIn = { windowMs: MINUTE, tolerance: 0, perMinute: 1, patienceMs: 15 * MINUTE };
    expect(swings(8, { kind: "backlog", scaleIn })).toBeGreaterThan(10);
  });

  test.each([60_000, 300_000])("3 h with measurements that are %i ms old", (delayMs) => {
    const steps = during(noisy(4, { delayMs }), 3 * HOUR).slice(360);
    expect(reversals(steps.map(({ slots }) => slots))).toBeLessThanOrEqual(2);
    expect(Math.max(...steps.map(({ slots }) => slots))).toBeLessThanOrEqual(2 * 150);
  });
});

test("a burst seen 5 min late: it is met, with less than twice of what it takes, and nothing swings", () => {
  const fleet = fleetOf({ delayMs: 5 * MINUTE, arrivals: (nowMs) => (nowMs < NOON + HOUR ? 5 : 40) });
  const steps = during(fleet, 3 * HOUR);
  const after = steps.slice(-360);
  expect(after.every(({ visible }) => visible === 0)).toBe(true);
  expect(
    reversals(
      steps.map(({ slots }) => slots),
      320,
    ),
  ).toBeLessThanOrEqual(2);
  expect(after.at(-1)?.slots).toBeLessThan(2 * 4_800);
});

test("a Spot drought of 30 min in a rise: others stand in within 30 s, Spot takes over again, and no run was interrupted", () => {
  const from = NOON + 10 * MINUTE;
  const dry = (nowMs: number): boolean => nowMs >= from && nowMs < from + 30 * MINUTE;
  const pools = surge.map((one) => (one.pool === "spot" ? { ...one, dry } : one));
  const fleet = fleetOf({ pools, arrivals: (nowMs) => (nowMs < from ? 16 : 40) });
  const steps = during(fleet, 3 * HOUR);
  const at = (ms: number): FluidStep => steps.find(({ nowMs }) => nowMs >= from + ms) ?? steps.at(-1) ?? fleet.step();
  const firstMissing = steps.find(({ nowMs, decision }) => {
    const spot = decision.targets.find(({ pool }) => pool === "spot")?.machines ?? 0;
    return nowMs >= from && spot > (at(0).machines.spot ?? 0);
  });
  const standIn = steps.find(({ nowMs, machines }) => nowMs > from && (machines["fargate-spot"] ?? 0) > 0);
  expect((standIn?.nowMs ?? Number.POSITIVE_INFINITY) - (firstMissing?.nowMs ?? 0)).toBeLessThanOrEqual(30_000);
  const back = steps.find(
    ({ nowMs, machines }) => nowMs > from + 30 * MINUTE && (machines.spot ?? 0) > (at(20 * MINUTE).machines.spot ?? 0),
  );
  expect((back?.nowMs ?? Number.POSITIVE_INFINITY) - from).toBeLessThanOrEqual(40 * MINUTE);
  const last = steps.at(-1);
  expect(last?.machines["fargate-spot"]).toBeLessThanOrEqual(8);
  expect(last?.machines.fargate).toBe(0);
  expect(last?.interrupted).toBe(0);
});

test("a fleet that is not needed goes to its minimum, slowly, and no run is interrupted", () => {
  const fleet = fleetOf({ arrivals: (nowMs) => (nowMs < NOON + 20 * MINUTE ? 40 : 0.2), runMs: 5 * MINUTE });
  const steps = during(fleet, 3 * HOUR);
  const last = steps.at(-1);
  expect(last?.machines).toEqual({ spot: 0, "on-demand": 30, "fargate-spot": 0, fargate: 0 });
  expect(last?.interrupted).toBe(0);
  for (const [i, step] of steps.entries()) {
    const before = steps[i - 6];
    if (before !== undefined) expect(before.slots - step.slots).toBeLessThanOrEqual(Math.max(64, before.slots * 0.21));
  }
});

test("a week in the twinkling of an eye: met from the second week on as foretold", () => {
  const hourOf = (nowMs: number): number => (nowMs / HOUR) % 24;
  const arrivals = (nowMs: number): number => (hourOf(nowMs) >= 9 && hourOf(nowMs) < 10 ? 8 : 0.5);
  const fleet = fleetOf(
    { arrivals, pools: [{ pool: "spot", min: 0, max: 100, slots: 64, bootMs: MINUTE }], stepMs: 2 * MINUTE },
    { kind: "predictive" },
  );
  const steps = during(fleet, 8 * 24 * HOUR, 2 * MINUTE);
  const worst = (fromDay: number, days: number): number =>
    Math.max(...steps.slice(fromDay * 720, (fromDay + days) * 720).map(({ visible }) => visible));
  expect(worst(0, 7)).toBeGreaterThan(100);
  expect(worst(7, 1)).toBe(0);
  expect(fleet.profile.version).toBeGreaterThan(700);
});
