import { describe, expect, test } from "vitest";
import { capacityPolicy } from "../../../../services/contract/capacity-policy.ts";
import { type DemandProfile, noDemandProfile } from "../../../../services/contract/capacity-profile.ts";
import { limits } from "../../../../services/contract/limits.ts";
import { noteNeed, windowOf } from "../../../../services/core/capacity/need-window.ts";
import { foretell, learn } from "../../../../services/core/capacity/profile.ts";
import { noteDemand, trendSlots } from "../../../../services/core/capacity/trend.ts";
import { wordsOf } from "../../../../services/core/capacity/words.ts";
import { NOON } from "../../../support/capacity.ts";

const MINUTE = 60_000;

describe("the window of needs", () => {
  const windowMs = 10 * MINUTE;
  const note = (...seen: readonly (readonly [number, number])[]) =>
    seen.reduce<ReturnType<typeof noteNeed>>(
      (needs, [minute, slots]) => noteNeed(needs, slots, { nowMs: minute * MINUTE, windowMs }),
      [],
    );
  test("the highest of each minute counts, until it is older than the window", () => {
    const needs = note([0, 5], [0, 90], [0, 7], ...Array.from({ length: 10 }, (_, i) => [i + 1, 3] as const));
    expect(windowOf(needs, 10 * MINUTE)).toEqual({ highest: 90, seenMs: windowMs });
    expect(
      windowOf(note([0, 90], ...Array.from({ length: 11 }, (_, i) => [i + 1, 3] as const)), 11 * MINUTE).highest,
    ).toBe(3);
  });
  test("after minutes that nobody saw it begins anew", () => {
    expect(windowOf(note([0, 5], [1, 5], [3, 5]), 3 * MINUTE).seenMs).toBe(3 * MINUTE);
    expect(windowOf(note([0, 5], [1, 5], [4, 5]), 4 * MINUTE).seenMs).toBe(0);
  });
});

describe("the trend", () => {
  test("growth is averaged; a measurement that is no newer is not counted twice", () => {
    const first = noteDemand(undefined, 100, 0);
    const second = noteDemand(first, 160, 10_000);
    expect(second.perMs).toBeGreaterThan(0);
    expect(second.perMs).toBeLessThan(0.006);
    expect(noteDemand(second, 400, 10_000)).toBe(second);
    expect(noteDemand(second, 400, 10_000 + limits.signalOldMs + 1).perMs).toBe(0);
  });
  test("it adds what is used up until a machine has booted, unless the free slots last", () => {
    const trend = { atMs: 0, slots: 1_000, perMs: 0.002 };
    expect(trendSlots(trend, { freeSlots: 119, bootMs: MINUTE })).toBe(120);
    expect(trendSlots(trend, { freeSlots: 120, bootMs: MINUTE })).toBe(0);
    expect(trendSlots({ ...trend, perMs: 1 }, { freeSlots: 0, bootMs: MINUTE })).toBe(500);
    expect(trendSlots({ ...trend, perMs: -1 }, { freeSlots: 0, bootMs: MINUTE })).toBe(0);
  });
});

describe("the learned week", () => {
  const WEEK = 7 * 24 * 60 * MINUTE;
  const weeks = (...peaks: readonly number[]): DemandProfile =>
    peaks.reduce(
      (profile, peak, i) => learn(learn(profile, peak, NOON + i * WEEK), 0, NOON + i * WEEK + limits.profileBucketMs),
      noDemandProfile,
    );
  const told = (profile: DemandProfile, leastWeeks = 1) =>
    foretell(profile, { nowMs: NOON + 9 * WEEK, aheadMs: 0, leastWeeks });
  test("the highest of a quarter of an hour is learned when it is over", () => {
    const open = learn(learn(learn(noDemandProfile, 5, NOON), 40, NOON + 1), 6, NOON + 2);
    expect(told(open)).toBeUndefined();
    expect(told(learn(open, 0, NOON + limits.profileBucketMs))).toEqual({ slots: 40, weeks: 1 });
  });
  test("weeks are averaged, the latest counting most, and one odd week does not become the rule", () => {
    expect(told(weeks(100, 200))?.slots).toBe(150);
    expect(told(weeks(100, 10_000))?.slots).toBe(200);
    expect(told(weeks(100, 100), 3)).toBeUndefined();
  });
  test("a time that nobody saw teaches nothing", () => {
    const gap = learn(learn(noDemandProfile, 9, NOON), 9, NOON + WEEK + 8 * 60 * MINUTE);
    expect(Object.keys(gap.buckets)).toHaveLength(1);
  });
});

describe("the policy", () => {
  test("defaults are the specification's", () => {
    const { kind, steps, pools, cpu, burst } = capacityPolicy.parse({});
    expect(kind).toBe("backlog");
    expect(steps.map(({ above, addMachines }) => [above, addMachines])).toEqual([
      [100, 10],
      [500, 50],
      [1_000, 100],
    ]);
    expect([pools.spot?.share, pools["on-demand"]?.share, pools["fargate-spot"]?.share]).toEqual([0.7, 0.2, 0.1]);
    expect([cpu.outPercent, cpu.inPercent, burst.above]).toEqual([70, 30, 1_000]);
  });
  test.each([
    [{ utilisation: { upPercent: 20, downPercent: 80 } }, "utilisation.downPercent"],
    [{ cpu: { outPercent: 30, inPercent: 70 } }, "cpu.inPercent"],
    [{ floorSlots: 10, ceilingSlots: 5 }, "floorSlots"],
    [
      {
        steps: [
          { above: 5, addMachines: 1 },
          { above: 5, addMachines: 2 },
        ],
      },
      "steps",
    ],
    [{ surprise: 1 }, ""],
  ])("%j is refused and names %s", (given, path) => {
    expect(capacityPolicy.safeParse(given).error?.issues.map((issue) => issue.path.join("."))).toContain(path);
  });
});

test("reasons in words", () => {
  expect(wordsOf({ kind: "demand", visible: 412, active: 300, slots: 712 })).toBe(
    "412 waiting and 300 active runs need 712 slots",
  );
  expect(wordsOf({ kind: "fallback", pool: "fargate", machines: 1, from: ["spot", "fargate-spot"] })).toBe(
    "fargate stands in for spot and fargate-spot, which can give no more (1 machine)",
  );
  expect(wordsOf({ kind: "order-hold", by: "somebody" })).toBe("held by somebody");
});
