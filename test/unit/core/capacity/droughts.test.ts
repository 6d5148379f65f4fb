/** What stands in for a pool without capacity. */
import { describe, expect, test } from "vitest";
import {
  decided,
  kindsOf,
  machinesOf,
  many,
  NOON,
  pool,
  running,
  silent,
  targetOf,
} from "../../../support/capacity.ts";

describe("a pool without capacity", () => {
  const answers = [
    { pool: "spot" as const, atMs: NOON, kind: "no-capacity" as const, because: "InsufficientInstanceCapacity" },
  ];
  const dry = () => decided({ visible: 640, answers });
  test("others stand in at once, in their order, and say for whom", () => {
    expect(machinesOf(dry())).toEqual({ spot: 0, "on-demand": 2, "fargate-spot": 64, fargate: 0 });
    expect(targetOf(dry(), "fargate-spot").because).toContainEqual(expect.objectContaining({ kind: "fallback" }));
    expect(kindsOf(dry())).toContain("no-capacity");
  });
  test("Fargate Spot to its maximum, then Fargate, then On-Demand", () => {
    const pools = [
      pool("spot"),
      pool("on-demand", [], { max: 50 }),
      pool("fargate-spot", [], { max: 10 }),
      pool("fargate", [], { max: 20 }),
    ];
    expect(machinesOf(decided({ visible: 960, answers, pools }))).toEqual({
      spot: 0,
      "on-demand": 12,
      "fargate-spot": 10,
      fargate: 20,
    });
  });
  test("machines that leave take up a pool's room until they are gone: others stand in", () => {
    const gone = pool(
      "spot",
      many(5, () => running(5, { takes: false, slots: 0 })),
      { max: 5 },
    );
    const decision = decided({ visible: 60, pools: [gone, pool("fargate")] });
    expect(machinesOf(decision)).toEqual({ spot: 5, fargate: 11 });
    expect(targetOf(decision, "fargate").because).toContainEqual(expect.objectContaining({ kind: "fallback" }));
  });
  test("after a minute it is tried with one machine; when that has come, it takes part again", () => {
    const { memory } = dry();
    const waiting = decided({ visible: 640, memory }, {}, NOON + 59_999);
    expect(machinesOf(waiting).spot).toBe(0);
    const probed = decided({ visible: 640, memory }, {}, NOON + 60_000);
    expect(machinesOf(probed).spot).toBe(1);
    expect(kindsOf(probed)).toContain("probe");
    const came = { ...silent(-61_000, { id: "probe" }) };
    const back = decided(
      { visible: 640, memory: probed.memory, pools: [pool("spot", [came]), pool("on-demand")] },
      {},
      NOON + 65_000,
    );
    expect(kindsOf(back)).toContain("pool-back");
    expect(machinesOf(back).spot).toBeGreaterThan(1);
  });
  test("a quota waits longer; an answer of long ago says nothing; a refusal for the rate of calls neither", () => {
    const refused = (kind: "quota" | "throttled" | "no-capacity", atMs: number) =>
      decided({ visible: 640, answers: [{ pool: "spot", atMs, kind, because: "no" }] });
    expect(machinesOf(decided({ visible: 640, memory: refused("quota", NOON).memory }, {}, NOON + 60_000)).spot).toBe(
      0,
    );
    expect(machinesOf(refused("throttled", NOON)).spot).toBeGreaterThan(0);
    expect(machinesOf(refused("no-capacity", NOON - 121_000)).spot).toBeGreaterThan(0);
  });
});
