/** How many slots there are to be, and where they come from. */
import { describe, expect, test } from "vitest";
import { type ManualOrder, noCapacityMemory } from "../../../../services/contract/capacity.ts";
import {
  cordoned,
  decided,
  type Given,
  kindsOf,
  known,
  machinesOf,
  many,
  NOON,
  pool,
  running,
  silent,
  steadyNeed,
  unknown,
} from "../../../support/capacity.ts";

describe("slots by backlog", () => {
  const empty = { spot: 0, "on-demand": 0, "fargate-spot": 0, fargate: 0 };
  test.each([
    [0, empty],
    [1, { ...empty, spot: 1 }],
    [64, { ...empty, spot: 1 }],
    [65, { ...empty, spot: 2 }],
    // 2 / 9 of 15 machines, rounded down, the rest to the first pool.
    [960, { ...empty, spot: 12, "on-demand": 3 }],
    // A burst: 70 / 20 / 10.
    [9_600, { ...empty, spot: 105, "on-demand": 30, "fargate-spot": 120 }],
  ] as const)("%i waiting runs", (visible, machines) => {
    expect(machinesOf(decided({ visible }))).toEqual(machines);
  });

  test("what runs counts, and what boots counts as if it ran", () => {
    const pools = [pool("spot", [...many(2, () => running(64)), silent(30_000)]), pool("on-demand")];
    expect(machinesOf(decided({ visible: 64, pools }, { utilisation: { upPercent: 100 } }))).toEqual({
      spot: 3,
      "on-demand": 0,
    });
  });

  test("what was asked for and is not there yet counts too: the same decision twice asks once", () => {
    const first = decided({ visible: 640 });
    const { spot = 0, "on-demand": onDemand = 0 } = machinesOf(first);
    const pools = [pool("spot", [], { desired: spot }), pool("on-demand", [], { desired: onDemand })];
    expect(machinesOf(decided({ visible: 640, pools, memory: first.memory }))).toEqual({ spot, "on-demand": onDemand });
  });

  test("runs of isolated agents take a machine each", () => {
    const decision = decided({ isolated: known({ runs: 50 }) });
    expect(Object.values(machinesOf(decision)).reduce((sum, n) => sum + n, 0)).toBe(50);
    expect(kindsOf(decision)).toContain("isolated");
  });

  test("slots of a machine are measured where machines run", () => {
    const pools = [
      pool(
        "spot",
        many(4, () => running(16, { slots: 16 })),
      ),
    ];
    expect(machinesOf(decided({ visible: 64, pools }))).toEqual({ spot: 8 });
  });

  test("above 80 % in use, slots are added before anything waits", () => {
    const pools = [
      pool(
        "spot",
        many(10, () => running(60)),
      ),
    ];
    const decision = decided({ pools });
    expect(machinesOf(decision)).toEqual({ spot: 12 });
    expect(kindsOf(decision)).toContain("utilisation");
  });

  test("demand that eats the free slots faster than machines boot is met ahead", () => {
    const pools = [
      pool(
        "spot",
        many(10, () => running(50)),
      ),
    ];
    const memory = { ...noCapacityMemory, trend: { atMs: NOON - 10_000, slots: 480, perMs: 0.004 } };
    const decision = decided({ pools, memory });
    expect(kindsOf(decision)).toContain("trend");
    expect(machinesOf(decision).spot).toBeGreaterThan(10);
    expect(machinesOf(decided({ pools }))).toEqual({ spot: 10 });
  });
});

describe("the step table", () => {
  const at = (visible: number, more: Given = {}) => {
    const pools = [
      pool(
        "spot",
        many(5, () => running(10)),
      ),
    ];
    return decided({ visible, pools, ...more }, { kind: "step" });
  };
  test.each([
    [100, 5],
    [101, 15],
    [500, 15],
    [501, 55],
    [1_000, 55],
    [1_001, 105],
  ])("%i waiting runs and 5 machines: %i", (visible, machines) => {
    expect(machinesOf(at(visible))).toEqual({ spot: machines });
  });
  test("a step counts what starts already, and comes once a minute", () => {
    const pools = [pool("spot", [...many(5, () => running(10)), ...many(4, () => silent(10_000))])];
    expect(machinesOf(at(101, { pools }))).toEqual({ spot: 15 });
    const { memory } = at(101);
    expect(machinesOf(at(101, { pools, memory }))).toEqual({ spot: 9 });
  });
  test("more than 1,000 enable Fargate", () => {
    const pools = [
      pool(
        "spot",
        many(5, () => running(10)),
      ),
      pool("fargate-spot"),
    ];
    expect(machinesOf(at(1_000, { pools }))["fargate-spot"]).toBe(0);
    expect(machinesOf(at(1_001, { pools }))["fargate-spot"]).toBeGreaterThan(0);
  });
  test("with nothing there, one waiting run starts a machine", () => {
    const decision = decided({ visible: 1 }, { kind: "step" });
    expect(machinesOf(decision).spot).toBe(1);
    expect(kindsOf(decision)).toContain("first");
  });
});

describe("the learned week", () => {
  const slots = 640;
  const bucket = String(Math.floor((NOON + 5 * 60_000) / 900_000) % 672);
  const profile = known({ v: 1 as const, version: 1, buckets: { [bucket]: { weeks: 2, slots } } });
  test("a need that is foretold is there ahead of it, and no sooner", () => {
    const decision = decided({ profile }, { kind: "predictive" });
    expect(machinesOf(decision)).toMatchObject({ spot: 8, "on-demand": 2 });
    expect(kindsOf(decision)).toContain("predicted");
    expect(machinesOf(decided({ profile }, { kind: "predictive" }, NOON - 10 * 60_000)).spot).toBe(0);
  });
  test("never below the backlog", () => {
    expect(machinesOf(decided({ profile, visible: 960 }, { kind: "predictive" }))).toMatchObject({
      spot: 12,
      "on-demand": 3,
    });
  });
  test("without a profile it goes by the backlog, but nothing leaves", () => {
    const pools = [
      pool(
        "spot",
        many(10, () => running(0)),
      ),
    ];
    const decision = decided({ pools, profile: unknown, memory: steadyNeed(0) }, { kind: "predictive" });
    expect(cordoned(decision)).toBe(0);
    expect(kindsOf(decision)).toContain("hold");
    expect(
      machinesOf(decided({ visible: 1_000, pools, profile: unknown }, { kind: "predictive" })).spot,
    ).toBeGreaterThan(10);
  });
});

describe("what bounds it", () => {
  const rate = (callsPerMinute: number, callsPerRunMinute?: number, callsNowPerMinute = callsPerMinute) =>
    known({ classes: [{ limitClass: "a-model", callsPerMinute, callsNowPerMinute, callsPerRunMinute }] });
  test.each([
    ["measured", rate(300, 1), 6],
    ["twice the calls: half the slots", rate(300, 2), 3],
    ["not measured: the policy's guess", rate(300), 6],
    ["cut after a 429", rate(600, 1, 300), 6],
    ["breaker open", rate(300, 1, 0), 0],
  ])("the model rate: %s", (_, model, machines) => {
    const decision = decided({ visible: 10_000, model, pools: [pool("spot")] });
    expect(machinesOf(decision)).toEqual({ spot: machines });
    expect(kindsOf(decision)).toContain("model-rate");
  });
  test("the model rate: isolated runs are bounded by it, too", () => {
    expect(machinesOf(decided({ isolated: known({ runs: 50 }), model: rate(5, 1), pools: [pool("spot")] }))).toEqual({
      spot: 6,
    });
  });
  test("a passing trouble of the rate ends no machine", () => {
    const pools = [
      pool(
        "spot",
        many(10, () => running(60)),
      ),
    ];
    const decision = decided({ pools, model: rate(600, 1, 0), memory: steadyNeed(700) });
    expect(cordoned(decision)).toBe(0);
  });
  test("the classes that runs call bound it, not one that nobody calls", () => {
    const classes = [
      { limitClass: "used", callsPerMinute: 640, callsNowPerMinute: 640, callsPerRunMinute: 1.2 },
      { limitClass: "unused", callsPerMinute: 1, callsNowPerMinute: 1 },
    ];
    expect(machinesOf(decided({ visible: 10_000, model: known({ classes }), pools: [pool("spot")] }))).toEqual({
      spot: 10,
    });
  });
  test("a budget pays for so many runs", () => {
    const budget = known({ leftMicroUsd: 6_400_000, windowEndsAtMs: NOON + 1_800_000, microUsdPerRunMinute: 1_000 });
    const decision = decided({ visible: 10_000, budget, pools: [pool("spot")] });
    expect(machinesOf(decision)).toEqual({ spot: 10 });
    expect(kindsOf(decision)).toContain("budget");
    const spent = known({ leftMicroUsd: 0, windowEndsAtMs: NOON + 1_800_000 });
    expect(machinesOf(decided({ visible: 10_000, budget: spent }))).toMatchObject({ spot: 0 });
  });
  test("floor and ceiling of the policy, and of an order", () => {
    const order: ManualOrder = { hold: false, floorSlots: 320, ceilingSlots: 640, by: "somebody", atMs: NOON };
    const pools = [pool("spot")];
    expect(machinesOf(decided({ pools }, { floorSlots: 128 }))).toEqual({ spot: 2 });
    expect(machinesOf(decided({ pools, order }, { floorSlots: 128 }))).toEqual({ spot: 5 });
    expect(machinesOf(decided({ pools, order, visible: 10_000 }))).toEqual({ spot: 10 });
    expect(machinesOf(decided({ pools, visible: 10_000 }, { ceilingSlots: 100 }))).toEqual({ spot: 2 });
    const over = { ...order, untilMs: NOON };
    expect(machinesOf(decided({ pools, order: over }))).toEqual({ spot: 0 });
  });
  test("a live minimum, raised by a schedule, is filled although nothing waits", () => {
    expect(machinesOf(decided({ pools: [pool("spot", [], { min: 50 })] }))).toEqual({ spot: 50 });
  });
  test("all pools at their maximum: said so", () => {
    const decision = decided({ visible: 100_000, pools: [pool("spot", [], { max: 3 })] });
    expect(machinesOf(decision)).toEqual({ spot: 3 });
    expect(kindsOf(decision)).toEqual(expect.arrayContaining(["pool-max", "all-full"]));
  });
});
