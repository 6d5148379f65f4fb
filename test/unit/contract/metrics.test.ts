/** The catalogue of metrics: complete, bounded, and what it costs in CloudWatch. */
import { expect, test } from "vitest";
import type { Pool } from "../../../services/contract/ids.ts";
import { durationBoundsMs, metricNames, metricOf, seriesKey, seriesOf } from "../../../services/contract/metrics.ts";
import { metricsUsdPerMonth, writtenSeries } from "../../support/metric-cost.ts";

const trialPools: readonly Pool[] = ["spot", "on-demand", "fargate-spot", "fargate"];

test("every metric says what it means, who writes it, and what its absence means", () => {
  for (const name of metricNames) {
    const { text, by, missing, kind } = metricOf(name);
    expect(text.length, name).toBeGreaterThan(5);
    expect(text, name).not.toMatch(/[.\n"\\]$/);
    expect(by.length, name).toBeGreaterThan(0);
    if (kind !== "gauge") expect(missing, name).not.toBe("unknown");
  }
  expect(metricOf("ControllerHeartbeat").missing).toBe("broken");
});

test("names can be told apart in every form that they are written in", () => {
  const snake = metricNames.map((name) => name.toLowerCase());
  expect(new Set(snake).size).toBe(metricNames.length);
  const keys = metricNames.flatMap((name) => seriesOf(name, trialPools).map(seriesKey));
  expect(new Set(keys).size).toBe(keys.length);
  for (const key of keys) expect(key).toMatch(/^[A-Za-z]+(\.[a-z-]+)?$/);
});

test("the targets of the specification are bounds of buckets, which ascend", () => {
  expect(durationBoundsMs).toEqual([...durationBoundsMs].sort((a, b) => a - b));
  for (const target of [15_000, 30_000]) expect(durationBoundsMs).toContain(target);
  // A value of the format may have 100 members at most.
  expect(durationBoundsMs.length).toBeLessThan(100);
});

test("a trial has about 30 series, for less than 11 USD a month when it runs all the time", () => {
  expect(writtenSeries(trialPools)).toBeGreaterThanOrEqual(25);
  expect(writtenSeries(trialPools)).toBeLessThanOrEqual(36);
  expect(metricsUsdPerMonth(trialPools)).toBeCloseTo(writtenSeries(trialPools) * 0.3, 2);
  expect(metricsUsdPerMonth(trialPools)).toBeLessThan(11);
  // What AWS measures itself is not paid for a second time.
  expect(metricOf("QueueDepth").ofAws).toBeDefined();
  expect(metricsUsdPerMonth(["spot"])).toBeCloseTo(metricsUsdPerMonth(trialPools) - 6 * 0.3, 2);
});
