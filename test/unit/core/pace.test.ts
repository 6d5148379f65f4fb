import { expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { callsOfMinute, nextPace } from "../../../services/core/pace.ts";

const seen = { calls: 60, active: 20, rate: 1_000, sinceMs: 10_000, tokensBusy: false };

test("calls of the last whole minute are counted, not those of the stretch under way", () => {
  const nowMs = 100 * limits.tallyMs + 5_000;
  const tally = (calls: number) => ({ calls, failures: 0 });
  const tallies = new Map([
    [100, tally(7)],
    [99, tally(20)],
    [98, tally(10)],
    [97, tally(500)],
  ]);
  expect(callsOfMinute(tallies, nowMs)).toBe(30);
});

test("the first measure counts whole, later ones by their time", () => {
  expect(nextPace(undefined, seen)).toBe(3);
  expect(nextPace(3, { ...seen, calls: 120, sinceMs: limits.paceMs / 2 })).toBe(4.5);
  expect(nextPace(3, { ...seen, calls: 120, sinceMs: 10 * limits.paceMs })).toBe(6);
});

test.each([
  ["too few calls", { calls: limits.paceCallsLeast - 1 }],
  ["nobody active", { active: 0 }],
  ["calls that may wait for the rate: a pace measured then looks low", { rate: 70 }],
  ["calls that may wait for tokens", { tokensBusy: true }],
])("%s say nothing", (_, more) => {
  expect(nextPace(3, { ...seen, ...more })).toBe(3);
  expect(nextPace(undefined, { ...seen, ...more })).toBeUndefined();
});
