/** A pool that cannot be read is held alone; what its workers say counts. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CapacitySnapshot } from "../../../../services/contract/capacity.ts";
import type { Pool } from "../../../../services/contract/ids.ts";
import { limits } from "../../../../services/contract/limits.ts";
import { decide } from "../../../../services/core/capacity/decide.ts";
import { wasDecided } from "../../../../services/core/capacity/was-decided.ts";
import {
  cordoned,
  decided,
  kindsOf,
  machinesOf,
  many,
  NOON,
  policyOf,
  pool,
  running,
  snapshotOf,
  steadyNeed,
  unknown,
} from "../../../support/capacity.ts";
import { policy, snapshot } from "../../../support/capacity-arbitraries.ts";

const unseen = (name: Pool, slots: number, active: number): CapacitySnapshot["pools"][number] => ({
  pool: name,
  state: unknown,
  heard: { slots, active },
});

const blind: CapacitySnapshot["lanes"] = { high: unknown, normal: unknown, low: unknown };

test("the pools that are known give what is missing, and the one that is not stays as it is", () => {
  const pools = [unseen("spot", 640, 640), pool("on-demand", [running(64)], { max: 50 })];
  const decision = decided({ visible: 128, pools }, { utilisation: { upPercent: 100 } });
  expect(machinesOf(decision)).toEqual({ "on-demand": 3 });
  expect(kindsOf(decision)).toContain("unseen");
  expect(decision.slots).toMatchObject({ demand: 832, running: 704 });
  expect(wasDecided(decision)).toBe(true);
});

test("its free slots count: nothing is launched for runs that it will take", () => {
  const pools = [unseen("spot", 640, 100), pool("on-demand", [running(64)], { max: 50 })];
  expect(machinesOf(decided({ visible: 200, pools }))).toEqual({ "on-demand": 1 });
});

test("a floor is not made up for twice, and a ceiling counts what it has", () => {
  const pools = [unseen("spot", 448, 0), pool("on-demand", [running(0)], { max: 50 })];
  expect(machinesOf(decided({ pools }, { floorSlots: 512 }))).toEqual({ "on-demand": 1 });
  expect(machinesOf(decided({ pools, lanes: blind }, { floorSlots: 640 }))).toEqual({ "on-demand": 3 });
  expect(machinesOf(decided({ visible: 5_000, pools }, { ceilingSlots: 576 }))).toEqual({ "on-demand": 2 });
});

test("the others go on leaving, but for what its runs need", () => {
  const others = pool(
    "on-demand",
    many(10, () => running(0)),
    { max: 50 },
  );
  expect(cordoned(decided({ pools: [unseen("spot", 640, 0), others], memory: steadyNeed(0) }))).toBe(1);
  expect(cordoned(decided({ pools: [unseen("spot", 64, 64), others], memory: steadyNeed(704) }))).toBe(0);
});

test("nobody is decided by while no pool is known, or the workers of one are not heard", () => {
  const known = pool("on-demand", [running(64)], { max: 50 });
  for (const pools of [
    [unseen("spot", 64, 0), unseen("on-demand", 64, 0)],
    [{ pool: "spot" as const, state: unknown }, known],
  ]) {
    const decision = decided({ visible: 500, pools });
    expect(wasDecided(decision)).toBe(false);
    for (const { machines } of decision.targets) expect(machines).toBe(1);
  }
});

test("whatever is shown: a pool that is unknown has no target, and keeps what is remembered of it", () => {
  const given = { slots: fc.integer({ min: 0, max: 500 }), active: fc.integer({ min: 0, max: 500 }) };
  fc.assert(
    fc.property(snapshot, policy, fc.record(given), (shown, by, heard) => {
      const [first, ...others] = shown.pools;
      if (first === undefined) return;
      const pools = [{ pool: first.pool, state: unknown, heard }, ...others];
      const { targets, memory } = decide({ ...shown, pools }, by, NOON);
      expect(targets.map((target) => target.pool)).not.toContain(first.pool);
      expect(memory.pools[first.pool]).toEqual(shown.memory.pools[first.pool]);
      const leaving = (all: typeof memory.leaving) => all.filter((one) => one.pool === first.pool);
      expect(leaving(memory.leaving)).toEqual(leaving(shown.memory.leaving));
    }),
    { numRuns: 100 },
  );
});

test("more is heard to run there, fewer are asked for elsewhere", () => {
  const asked = (slots: number): number =>
    decide(
      snapshotOf({ visible: 300, pools: [unseen("spot", slots, 0), pool("on-demand")] }),
      policyOf(),
      NOON,
    ).targets.reduce((sum, { machines }) => sum + machines, 0);
  expect([0, 100, 200, 400].map(asked)).toEqual([5, 4, 2, 0]);
});

describe("what was coming to a pool that cannot be read for a moment", () => {
  type Later = { kind?: "backlog" | "step"; heard?: number; visible?: number };
  const bootingSpot = pool("spot", [running(64)], { desired: 41 });
  const others = [pool("on-demand", [], { max: 50 }), pool("fargate-spot"), pool("fargate")];
  const before = decided({ visible: 2_000, pools: [bootingSpot, ...others] });
  const later = (ms: number, { kind = "backlog", heard = 64, visible = 2_000 }: Later = {}) => {
    const atMs = NOON + ms;
    const pools = [pool("on-demand", [], { max: 50 }), pool("fargate-spot"), pool("fargate")].map((one) => {
      if (one.state.kind === "known") return { ...one, state: { ...one.state, atMs } };
      return one;
    });
    const { memory } = before;
    return decided({ visible, pools: [unseen("spot", heard, 64), ...pools], memory }, { kind }, atMs);
  };

  test("is counted on: no other pool launches", () => {
    expect(machinesOf(before)).toMatchObject({ spot: 41 });
    const decision = later(5_000);
    expect(decision.slots).toMatchObject({ running: 64, starting: 40 * 64 });
    expect(machinesOf(decision)).toEqual({ "on-demand": 0, "fargate-spot": 0, fargate: 0 });
    // Of what came meanwhile nothing is counted twice.
    expect(later(5_000, { heard: 21 * 64 }).slots).toMatchObject({ running: 21 * 64, starting: 20 * 64 });
  });

  test("is no step that is still to be taken", () => {
    expect(machinesOf(later(5_000, { kind: "step", visible: 400 }))).toEqual({
      "on-demand": 0,
      "fargate-spot": 0,
      fargate: 0,
    });
  });

  test("is counted on no more once the pool was not seen for too long", () => {
    const decision = later(limits.unseenTrustMs + 1);
    expect(decision.slots).toMatchObject({ running: 64, starting: 0 });
    expect(machinesOf(decision)["on-demand"]).toBeGreaterThan(0);
  });
});
