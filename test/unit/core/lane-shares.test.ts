import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Lane, lanes } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { afterServing, laneShare, noPasses, type Passes } from "../../../services/core/lane-shares.ts";

const all = new Set(lanes);

/** Serves `slots` slots one by one while every lane of `eager` has a backlog; gives the lanes in their order. */
function serve(slots: number, eager: ReadonlySet<Lane>, passes: Passes = noPasses): Lane[] {
  return Array.from({ length: slots }, () => {
    const lane = lanes.find((one) => eager.has(one) && laneShare(passes, { lane: one, free: 1, eager }) === 1);
    if (lane === undefined) throw new Error("a free slot belongs to some lane");
    passes = afterServing(passes, lane, { count: 1, eager });
    return lane;
  });
}

const countOf = (served: readonly Lane[], lane: Lane): number => served.filter((one) => one === lane).length;
const total = lanes.reduce((sum, lane) => sum + limits.laneWeights[lane], 0);

describe("lanes with a backlog", () => {
  test("are served by their weights even with one slot", () => {
    const served = serve(1_000, all);
    for (const lane of lanes)
      expect(Math.abs(countOf(served, lane) - (1_000 * limits.laneWeights[lane]) / total)).toBeLessThanOrEqual(1);
  });

  test("low is never starved and high waits least", () => {
    const served = serve(1_000, all);
    const longest = (lane: Lane): number => {
      const at = served.flatMap((one, i) => (one === lane ? [i] : []));
      return Math.max(...at.slice(1).map((place, i) => place - (at[i] ?? 0)));
    };
    expect(longest("low")).toBeLessThanOrEqual(total + 2);
    expect(longest("high")).toBeLessThan(longest("normal"));
    expect(longest("normal")).toBeLessThan(longest("low"));
  });

  test("share free slots so that none is left and none is given twice", () => {
    fc.assert(
      fc.property(
        fc.record({ high: fc.nat(50), normal: fc.nat(50), low: fc.nat(50) }),
        fc.integer({ min: 1, max: 30 }),
        fc.subarray([...lanes], { minLength: 1 }),
        (passes, free, wanting) => {
          const eager = new Set(wanting);
          const shares = wanting.map((lane) => laneShare(passes, { lane, free, eager }));
          expect(shares.reduce((sum, share) => sum + share, 0)).toBe(free);
        },
      ),
    );
  });
});

describe("a lane without a backlog", () => {
  test("leaves everything to the others", () => {
    expect(laneShare(noPasses, { lane: "low", free: 10, eager: new Set(["low"]) })).toBe(10);
    expect(countOf(serve(100, new Set<Lane>(["normal"])), "normal")).toBe(100);
  });

  test.each(lanes)("%s looks at its next turn whether something came, however much was served before", (lane) => {
    const eager = new Set(lanes.filter((one) => one !== lane));
    for (const before of [0, 1_000]) {
      let passes: Passes = { high: 100, normal: 100, low: 100, [lane]: before };
      let looked = 0;
      for (let slot = 0; slot < 10; slot++) {
        passes = afterServing(passes, lane, { count: 0, eager });
        looked += laneShare(passes, { lane, free: 1, eager });
        const [next] = serve(1, eager, passes);
        if (next !== undefined) passes = afterServing(passes, next, { count: 1, eager });
      }
      expect(looked).toBeGreaterThanOrEqual(1);
    }
  });

  test("does not pay later for what it used alone, nor is it paid for waiting", () => {
    const long = (lane: Lane, pass: number): Lane[] => {
      const others = new Set(lanes.filter((one) => one !== lane));
      const passes = afterServing({ ...noPasses, [lane]: pass }, lane, { count: 1, eager: others });
      return serve(100, all, passes);
    };
    for (const pass of [0, 500]) expect(countOf(long("low", pass), "low")).toBeGreaterThanOrEqual(8);
    const fresh = afterServing({ high: 0, normal: 500, low: 500 }, "high", {
      count: 1,
      eager: new Set(["normal", "low"]),
    });
    expect(countOf(serve(100, all, fresh), "low")).toBeGreaterThanOrEqual(8);
  });
});
