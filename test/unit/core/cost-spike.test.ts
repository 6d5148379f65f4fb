import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { judgeSpike, learnHour, weekHourOf } from "../../../services/core/cost-spike.ts";

const WEEK = 168;
const HOUR = 490_000;
const USD = 1_000_000;

/** What so many weeks with these hours teach. */
const taught = (...spent: readonly (number | undefined)[]) =>
  spent.reduce<ReturnType<typeof learnHour>>((learned, one, week) => learnHour(learned, HOUR + week * WEEK, one), {});

describe("what an hour usually costs", () => {
  test("is learned by the hour of the week", () => {
    expect(weekHourOf(HOUR)).toBe(weekHourOf(HOUR + WEEK));
    expect(weekHourOf(HOUR)).not.toBe(weekHourOf(HOUR + 24));
    expect(Object.keys(taught(1, 2, 3))).toEqual([String(weekHourOf(HOUR))]);
  });

  test.for([
    { spent: [100], mean: 100 },
    { spent: [100, 200], mean: 150 },
    { spent: [100, 200, 300], mean: 200 },
    { spent: [100, 100, 100, 100, 200], mean: 125, what: "the latest of many weighs a quarter" },
    { spent: [100, 100, 10_000], mean: 167, what: "an outlier counts three times the usual" },
    { spent: [100, undefined, 200], mean: 150, what: "an hour of which nothing is known is not 0" },
    { spent: [100, 0], mean: 50, what: "an hour that is known to have cost nothing is" },
  ])("$spent: $mean $what", ({ spent, mean }) => {
    expect(taught(...spent)[String(weekHourOf(HOUR))]?.meanMicroUsd).toBe(mean);
  });
});

describe("a spike", () => {
  const usual = taught(10 * USD, 10 * USD);

  test.for([
    { spent: 0, kind: "normal" },
    { spent: 12 * USD, kind: "normal", what: "a fifth above is not more than that" },
    { spent: 12 * USD + 1, kind: "spike" },
    { spent: 500 * USD, kind: "spike" },
  ])("$spent of usually 10 USD: $kind $what", ({ spent, kind }) => {
    expect(judgeSpike(usual, HOUR + 2 * WEEK, spent)).toMatchObject({ kind });
  });

  test("is not told of an hour that was seen too seldom, nor of another hour of the week, nor of cents", () => {
    expect(judgeSpike(taught(USD), HOUR, 900 * USD)).toEqual({ kind: "unlearned" });
    expect(judgeSpike(usual, HOUR + 1, 900 * USD)).toEqual({ kind: "unlearned" });
    expect(judgeSpike(taught(0, 0), HOUR, limits.spikeLeastMicroUsd - 1)).toEqual({ kind: "normal" });
    expect(judgeSpike(taught(0, 0), HOUR, limits.spikeLeastMicroUsd)).toMatchObject({
      kind: "spike",
      usualMicroUsd: 0,
    });
  });

  test("the mean is whole and lies among what was seen", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1e12 }), { minLength: 1, maxLength: 30 }), (spent) => {
        const mean = taught(...spent)[String(weekHourOf(HOUR))]?.meanMicroUsd ?? -1;
        expect(Number.isSafeInteger(mean)).toBe(true);
        expect(mean).toBeGreaterThanOrEqual(Math.min(...spent));
        expect(mean).toBeLessThanOrEqual(Math.max(...spent));
      }),
    );
  });
});
