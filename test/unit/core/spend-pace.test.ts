import { expect, test } from "vitest";
import { budgetId } from "../../../services/contract/budgets.ts";
import { limits } from "../../../services/contract/limits.ts";
import { nextSpend, type SpendPace } from "../../../services/core/spend-pace.ts";

const budget = budgetId.parse("fleet:2026-11-20T12");
const MINUTE = 60_000;

/** Looks every ten seconds for so many minutes, with so many active runs that spend so much in a minute each. */
function watched(
  minutes: number,
  { active, perMinute, from }: { active: number; perMinute: number; from?: SpendPace },
): SpendPace {
  let pace = from ?? nextSpend(undefined, { budget, atMs: 0, spentMicroUsd: 0, active });
  const { atMs: startMs, spentMicroUsd: spentBefore } = pace;
  for (let ms = 10_000; ms <= minutes * MINUTE; ms += 10_000) {
    const spentMicroUsd = spentBefore + Math.round((ms / MINUTE) * active * perMinute);
    pace = nextSpend(pace, { budget, atMs: startMs + ms, spentMicroUsd, active });
  }
  return pace;
}

test("what runs spent over the time that they ran; until then nothing is known", () => {
  expect(watched(2, { active: 20, perMinute: 500 }).microUsdPerRunMinute).toBeUndefined();
  expect(watched(3, { active: 20, perMinute: 500 }).microUsdPerRunMinute).toBeCloseTo(500, 6);
});

test("later measurements are averaged with those before", () => {
  const first = watched(3, { active: 20, perMinute: 500 });
  expect(watched(3, { active: 4, perMinute: 900, from: first }).microUsdPerRunMinute).toBeCloseTo(700, 6);
});

test("after a gap what is measured first counts whole: the runs of before are not those of now", () => {
  const before = watched(3, { active: 20, perMinute: 500 });
  const rested = { budget, atMs: before.atMs + limits.spendStaleMs, spentMicroUsd: before.spentMicroUsd, active: 4 };
  const from = nextSpend(before, rested);
  expect(from.microUsdPerRunMinute).toBeCloseTo(500, 6);
  expect(watched(3, { active: 4, perMinute: 900, from }).microUsdPerRunMinute).toBeCloseTo(900, 6);
});

test("what was measured more than an hour ago says nothing any more, whether or not anybody runs", () => {
  const before = watched(3, { active: 20, perMinute: 500 });
  expect(watched(60, { active: 0, perMinute: 0, from: before }).microUsdPerRunMinute).toBeCloseTo(500, 6);
  expect(watched(61, { active: 0, perMinute: 0, from: before }).microUsdPerRunMinute).toBeUndefined();
});

test.each([
  ["another hour", { budget: budgetId.parse("fleet:2026-11-20T13") }],
  ["a gap", { atMs: 3 * MINUTE + limits.spendGapMs + 1 }],
  ["active runs that nobody knows", { active: undefined }],
])("%s begins the measurement anew, and the pace stays", (_, more) => {
  const before = watched(3, { active: 20, perMinute: 500 });
  const seen = { budget, atMs: 3 * MINUTE + 10_000, spentMicroUsd: 7, active: 1, ...more };
  const after = nextSpend({ ...before, runMs: 9 }, seen);
  expect(after).toMatchObject({ sinceMs: seen.atMs, runMs: 0, spentMicroUsd: 7 });
  expect(after.microUsdPerRunMinute).toBeCloseTo(500, 6);
});

test.each([
  ["hardly anybody ran", { active: 0.1, perMinute: 500 }],
  ["nobody spent", { active: 20, perMinute: 0 }],
])("%s: that says nothing of those that run", (_, quiet) => {
  expect(watched(6, quiet).microUsdPerRunMinute).toBeUndefined();
  const busy = watched(3, { active: 20, perMinute: 500 });
  expect(watched(6, { ...quiet, from: busy }).microUsdPerRunMinute).toBeCloseTo(500, 6);
});
