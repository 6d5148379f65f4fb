import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseTtl, type TurnPace } from "../../../services/core/cache-ttl.ts";

const MODEL = "claude-sonnet-5-5";
const MINUTE = 60_000;

/** Turns with these times between their calls, each prompt 1,000 tokens longer. */
const paced = (gapsMs: readonly number[]): TurnPace[] => {
  let startedAtMs = 0;
  return [0, ...gapsMs].map((gap, i) => {
    startedAtMs += gap;
    return { startedAtMs, promptTokens: 10_000 + i * 1_000 };
  });
};

describe("the life of a cached prefix", () => {
  test.each([
    ["nothing was measured", [], "5m"],
    ["every call came soon", [20_000, 100_000, 5 * MINUTE - 1], "5m"],
    ["a call at the very end of its life is a miss", [5 * MINUTE, 5 * MINUTE], "1h"],
    ["pauses of ten minutes", [10 * MINUTE, 10 * MINUTE, 10 * MINUTE], "1h"],
    ["one pause in three", [10 * MINUTE, 10_000, 10_000], "1h"],
    ["pauses longer than any life", [90 * MINUTE, 90 * MINUTE], undefined],
    ["a long pause that is long ago", [10 * MINUTE, ...Array.from({ length: 8 }, () => 10_000)], "5m"],
  ])("%s: %j is %s", (_what, gaps, ttl) => {
    expect(chooseTtl(MODEL, paced(gaps)).ttl).toBe(ttl);
  });

  test("a pause that outlives the longer life as well does not pay for dearer writes", () => {
    const choice = {
      ttl: "5m",
      because: "1 of the last 2 calls came after more than 5 min; a life of 5 min costs less all the same",
    };
    expect(chooseTtl(MODEL, paced([90 * MINUTE, 10_000]))).toEqual(choice);
  });

  test("says why, and knows no price of a model that it does not know", () => {
    expect(chooseTtl(MODEL, paced([10 * MINUTE])).because).toBe(
      "1 of the last 1 calls came after more than 5 min; a life of 1 h costs less",
    );
    expect(chooseTtl("claude-of-old", paced([10 * MINUTE])).ttl).toBe("5m");
  });

  test("never asks for the dearer life while every call came in time", () => {
    const gaps = fc.array(fc.integer({ min: 0, max: 5 * MINUTE - 1 }), { maxLength: 30 });
    fc.assert(
      fc.property(gaps, (all) => {
        expect(chooseTtl(MODEL, paced(all)).ttl).toBe("5m");
      }),
      { seed: 11 },
    );
  });
});
