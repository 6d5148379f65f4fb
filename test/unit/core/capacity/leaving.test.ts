/** What holds, and what leaves. */
import { describe, expect, test } from "vitest";
import { type ManualOrder, machineId, noCapacityMemory } from "../../../../services/contract/capacity.ts";
import {
  cordoned,
  decided,
  kindsOf,
  known,
  machinesOf,
  many,
  NOON,
  none,
  pool,
  running,
  silent,
  steadyNeed,
  targetOf,
  unknown,
} from "../../../support/capacity.ts";

test("a service at its own pace of 500 tasks a minute keeps its target", () => {
  const levels = [
    { atMs: NOON - 60_000, machines: 0 },
    { atMs: NOON - 20_000, machines: 200 },
  ];
  const memory = { ...noCapacityMemory, pools: { fargate: { breaker: { kind: "closed" as const }, levels } } };
  const come = (agoMs: number) => Array.from({ length: 166 }, (_, i) => silent(agoMs + i * 120));
  const of = (agoMs: number) =>
    decided(
      { pools: [pool("fargate", come(agoMs), { desired: 200 })], memory, visible: 10_000 },
      { floorSlots: 1_600 },
    );
  expect(machinesOf(of(0))).toEqual({ fargate: 200 });
  expect(kindsOf(of(0))).not.toContain("no-capacity");
  expect(kindsOf(of(15_000))).toContain("no-capacity");
});

describe("what is not known holds", () => {
  const pools = [
    pool(
      "spot",
      many(5, () => running(0)),
    ),
  ];
  const memory = steadyNeed(0);
  const lane = { high: known({ visible: 0 }), normal: unknown, low: known({ visible: 0 }) };
  const old = { ...lane, normal: known({ visible: 10_000 }, NOON - 7 * 60_000) };
  test.each([
    ["a lane", { lanes: lane }],
    ["an old lane", { lanes: old }],
    ["isolated runs", { isolated: unknown }],
    ["the model rate", { model: unknown, visible: 10_000 }],
    ["the budget", { budget: unknown, visible: 10_000 }],
    ["a pool", { visible: 10_000, pools: [...pools, { pool: "fargate" as const, state: unknown }] }],
  ])("%s", (_, given) => {
    const decision = decided({ pools, memory, ...given });
    expect(machinesOf(decision)).toEqual({ spot: 5 });
    expect(cordoned(decision)).toBe(0);
    expect(decision.slots).toBeUndefined();
    expect(kindsOf(decision)).toContain("hold");
  });
  test("CPU: more may come, nothing leaves", () => {
    expect(cordoned(decided({ pools, memory, cpu: unknown }))).toBe(0);
    expect(cordoned(decided({ pools, memory, cpu: none }))).toBe(1);
    expect(machinesOf(decided({ pools, memory, cpu: unknown, visible: 10_000 })).spot).toBeGreaterThan(5);
  });
  test.each([
    ["CPU", { cpu: unknown }, {}],
    ["the learned week", { profile: unknown }, { kind: "predictive" as const }],
  ])("%s: what is above a ceiling leaves, down to it, and above a maximum", (_, given, policy) => {
    const order: ManualOrder = { hold: false, ceilingSlots: 256, by: "somebody", atMs: NOON };
    const scaleIn = { windowMs: 600_000, tolerance: 0.1, perMinute: 1, patienceMs: 900_000 };
    const lower = decided({ pools, memory, order, ...given }, { ...policy, scaleIn });
    expect(cordoned(lower)).toBe(1);
    expect(kindsOf(lower)).toContain("hold");
    const max = [pool("spot", pools[0]?.state.kind === "known" ? pools[0].state.value.machines : [], { max: 2 })];
    expect(cordoned(decided({ pools: max, memory, ...given }, policy))).toBe(3);
  });
  test("CPU of a few: a surplus leaves only if it is low whatever they do", () => {
    expect(cordoned(decided({ pools, memory, cpu: known({ percent: 10, mostPercent: 29 }) }))).toBe(1);
    const kept = decided({ pools, memory, cpu: known({ percent: 10, mostPercent: 30 }) });
    expect(cordoned(kept)).toBe(0);
    expect(kindsOf(kept)).toContain("keep-cpu");
  });
  test("an order to hold", () => {
    const order: ManualOrder = { hold: true, by: "somebody", atMs: NOON, untilMs: NOON + 1 };
    expect(machinesOf(decided({ pools, memory, order, visible: 10_000 }))).toEqual({ spot: 5 });
    expect(machinesOf(decided({ pools, memory, order, visible: 10_000 }, {}, NOON + 1)).spot).toBeGreaterThan(5);
  });
  test("a floor is kept by what is known", () => {
    expect(machinesOf(decided({ pools, lanes: lane }, { floorSlots: 640 }))).toEqual({ spot: 10 });
  });
});

describe("what leaves", () => {
  const idle = (count: number) => [
    pool(
      "spot",
      many(count, () => running(0)),
    ),
  ];
  test("nothing until a whole window is known", () => {
    expect(kindsOf(decided({ pools: idle(10), memory: steadyNeed(0, 9) }))).toContain("keep-learning");
    expect(cordoned(decided({ pools: idle(10), memory: steadyNeed(0, 10) }))).toBe(1);
  });
  test("nothing that was needed within the window", () => {
    expect(kindsOf(decided({ pools: idle(10), memory: steadyNeed(640) }))).toContain("keep-window");
  });
  test("a tenth in a minute", () => {
    const first = decided({ pools: idle(100), memory: steadyNeed(0) });
    expect(cordoned(first)).toBe(10);
    const ids = new Set(targetOf(first, "spot").cordon);
    expect(ids.size).toBe(10);
    const again = decided({ pools: idle(100), memory: { ...first.memory, leaving: [] } }, {}, NOON + 59_999);
    expect(kindsOf(again)).toContain("keep-slow");
    expect(cordoned(decided({ pools: idle(100), memory: { ...first.memory, leaving: [] } }, {}, NOON + 60_000))).toBe(
      10,
    );
  });
  test("idle machines first, then those with the fewest runs", () => {
    const machines = [
      running(3, { id: "busy" }),
      running(0, { id: "idle" }),
      running(1, { id: "less" }),
      ...many(17, () => running(9)),
    ];
    const decision = decided({ pools: [pool("spot", machines)], memory: steadyNeed(0) });
    expect(targetOf(decision, "spot").cordon).toEqual(["idle", "less"]);
  });
  test("never below a live minimum", () => {
    const pools = [
      pool(
        "spot",
        many(5, () => running(0)),
        { min: 5 },
      ),
    ];
    const decision = decided({ pools, memory: steadyNeed(0) });
    expect(cordoned(decision)).toBe(0);
    expect(kindsOf(decision)).toContain("pool-min");
  });
  test("a pool at its minimum stays there while one that leaves takes its room", () => {
    const machines = [...many(2, () => running(0)), running(0, { takes: false })];
    const pools = [
      pool(
        "spot",
        many(1, () => running(0)),
      ),
      pool("fargate-spot", machines, { min: 2, max: 2 }),
    ];
    expect(targetOf(decided({ pools, memory: steadyNeed(0) }), "fargate-spot").cordon).toEqual([]);
  });
  test("while a pool cannot be filled up to its minimum, what others have too much of leaves", () => {
    const pools = [
      pool(
        "spot",
        many(6, () => running(0)),
      ),
      pool("on-demand", [running(0)], { min: 2, max: 2, desired: 2 }),
      pool(
        "fargate",
        many(5, () => running(0)),
      ),
    ];
    const because = "InsufficientInstanceCapacity";
    const answers = [{ pool: "on-demand" as const, atMs: NOON, kind: "no-capacity" as const, because }];
    const decision = decided({ pools, answers, memory: steadyNeed(0) });
    expect(machinesOf(decision)["on-demand"]).toBe(2);
    expect(targetOf(decision, "fargate").cordon).toHaveLength(1);
  });
  test("a small surplus stays; of pools for bursts, which are dear, a machine is enough", () => {
    const spot = pool(
      "spot",
      many(10, () => running(32)),
    );
    expect(kindsOf(decided({ pools: [spot], memory: steadyNeed(550) }))).toContain("keep-tolerance");
    const fargate = pool(
      "fargate",
      many(5, () => running(0, { slots: 8 })),
    );
    const decision = decided({ pools: [spot, fargate], memory: steadyNeed(620) });
    expect(targetOf(decision, "fargate").cordon).toHaveLength(1);
    expect(targetOf(decision, "spot").cordon).toHaveLength(0);
  });
  test.each([
    ["CPU at 30 % or more", { cpu: known({ percent: 30 }) }, {}, "keep-cpu"],
    ["the share of SPEC's configuration in use", {}, { utilisation: { upPercent: 80, downPercent: 20 } }, "keep-used"],
  ] as const)("not while %s", (_, given, policy, kind) => {
    const pools = [
      pool(
        "spot",
        many(10, () => running(13)),
      ),
    ];
    const decision = decided({ pools, memory: steadyNeed(130), ...given }, policy);
    expect(cordoned(decision)).toBe(0);
    expect(kindsOf(decision)).toContain(kind);
  });
  test("above a ceiling or a maximum it does not wait for the window", () => {
    const order: ManualOrder = { hold: false, ceilingSlots: 128, by: "somebody", atMs: NOON };
    expect(cordoned(decided({ pools: idle(10), order }))).toBe(1);
    const lowered = decided({
      pools: [
        pool(
          "spot",
          many(10, () => running(5)),
          { max: 4 },
        ),
      ],
    });
    expect(cordoned(lowered)).toBe(6);
    expect(kindsOf(lowered)).toContain("above-max");
  });
});

describe("on the way out", () => {
  const leaving = (id: string, sinceMs = NOON - 60_000) => ({
    id: machineId.parse(id),
    pool: "spot" as const,
    sinceMs,
  });
  const memory = {
    ...noCapacityMemory,
    leaving: [leaving("a"), leaving("b"), leaving("c"), leaving("d"), leaving("e", NOON - 16 * 60_000)],
  };
  const machines = [
    running(3, { id: "a", takes: false, slots: 0 }),
    running(0, { id: "b", takes: false, slots: 0 }),
    silent(5_000, { id: "c" }),
    running(0, { id: "d" }),
    running(9, { id: "e", takes: false, slots: 0 }),
    silent(11 * 60_000, { id: "never-came" }),
    silent(5 * 60_000, { id: "late" }),
  ];
  const decision = decided({ pools: [pool("spot", machines)], memory });
  const target = targetOf(decision, "spot");
  test("busy: it waits; idle, or busy for too long: drained; drained, or never came: ended; not heard yet: told again", () => {
    expect(target.drain).toEqual(["b", "e"]);
    expect(target.end).toEqual(["c", "never-came"]);
    expect(target.cordon).toEqual(["d"]);
    // Five of them stay for now, and one more comes: what runs on those that leave needs a place, too.
    expect(target.machines).toBe(6);
  });
  test("not heard for longer than the patience, for nobody led meanwhile: told again, and waited for from now on", () => {
    const deaf = { ...noCapacityMemory, leaving: [leaving("deaf", NOON - 16 * 60_000)] };
    const again = decided({ pools: [pool("spot", [running(9, { id: "deaf" })])], memory: deaf });
    expect(targetOf(again, "spot")).toMatchObject({ cordon: ["deaf"], drain: [] });
    expect(again.memory.leaving).toEqual([leaving("deaf", NOON)]);
  });
  test("each with its reason", () => {
    const kinds = target.because.map(({ kind }) => kind);
    expect(kinds).toEqual(expect.arrayContaining(["idle", "impatient", "drained", "boot-failed", "late"]));
  });
  test("they are no capacity: waiting runs bring others", () => {
    expect(machinesOf(decided({ pools: [pool("spot", machines)], memory, visible: 64 })).spot).toBe(7);
  });
  test("a machine that takes no runs without our word leaves too", () => {
    const taken = decided({ pools: [pool("spot", [running(5, { id: "rebalanced", takes: false, slots: 0 })])] });
    expect(taken.memory.leaving.map(({ id }) => id)).toEqual(["rebalanced"]);
  });
});
