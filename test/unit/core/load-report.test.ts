import fc from "fast-check";
import { expect, test } from "vitest";
import { type LoadEnd, loadReport, percentile } from "../../../services/core/load-report.ts";

const end = (more: Partial<LoadEnd> = {}): LoadEnd => ({
  succeeded: true,
  responseMs: 1_000,
  waitMs: 100,
  costMicroUsd: 5,
  ...more,
});

test("a percentile is a value that was measured, and at least that part does not exceed it", () => {
  expect(percentile([], 0.95)).toBeUndefined();
  expect(percentile([3, 1, 2], 0.5)).toBe(2);
  expect(percentile([1, 2, 3, 4, 100], 0.95)).toBe(100);
  fc.assert(
    fc.property(fc.array(fc.nat(), { minLength: 1 }), fc.constantFrom(0.5, 0.95, 0.99), (values, part) => {
      const at = percentile(values, part) ?? Number.NaN;
      expect(values).toContain(at);
      expect(values.filter((value) => value <= at).length).toBeGreaterThanOrEqual(part * values.length - 1e-9);
    }),
  );
});

test("quick runs with results meet the targets", () => {
  const report = loadReport(
    Array.from({ length: 200 }, () => end()),
    { unfinished: 0, wallMs: 10_000 },
  );
  expect(report).toMatchObject({ runs: 200, succeeded: 200, p95Ms: 1_000, runsPerSecond: 20, costMicroUsd: 1_000 });
  expect(report.targets.map(({ met }) => met)).toEqual([true, true]);
});

test.each([
  [
    "a slow twentieth",
    [...Array.from({ length: 18 }, () => end()), end({ responseMs: 15_000 }), end({ responseMs: 16_000 })],
    0,
    "p95Ms",
  ],
  ["one of a hundred failed", [...Array.from({ length: 99 }, () => end()), end({ succeeded: false })], 0, "errorShare"],
  ["one of a hundred never ended", Array.from({ length: 99 }, () => end()), 1, "errorShare"],
] as const)("%s misses a target", (_, ends, unfinished, missed) => {
  const { targets } = loadReport(ends, { unfinished, wallMs: 1_000 });
  expect(targets.filter(({ met }) => !met).map(({ name }) => name)).toEqual([missed]);
});

test("nothing measured meets nothing", () => {
  const { targets, p95Ms } = loadReport([], { unfinished: 0, wallMs: 0 });
  expect(p95Ms).toBeUndefined();
  expect(targets.map(({ met }) => met)).toEqual([false, false]);
});
