import fc from "fast-check";
import { expect, test } from "vitest";
import { durationBoundsMs } from "../../../services/contract/metrics.ts";
import { bucketOf, countOf, quantileMs } from "../../../services/core/histogram.ts";

const of = (values: readonly number[]) => ({
  counts: new Map([...Map.groupBy(values, bucketOf)].map(([bucket, some]) => [bucket, some.length])),
  sumMs: values.reduce((sum, value) => sum + value, 0),
});

test("a value is in the bucket whose bounds are around it; a bound belongs to what is below", () => {
  expect(bucketOf(0)).toBe(0);
  expect(bucketOf(10)).toBe(0);
  expect(bucketOf(11)).toBe(1);
  expect(bucketOf(30_000)).toBe(durationBoundsMs.indexOf(30_000));
  expect(bucketOf(30_001)).toBe(durationBoundsMs.indexOf(30_000) + 1);
  expect(bucketOf(10 ** 12)).toBe(durationBoundsMs.length);
});

test("a percentile is within the bucket that the true one is in", () => {
  const value = fc.integer({ min: 0, max: 250_000_000 });
  fc.assert(
    fc.property(
      fc.array(value, { minLength: 1, maxLength: 200 }),
      fc.constantFrom(0.5, 0.95, 0.99),
      (values, share) => {
        const truth = values.toSorted((a, b) => a - b)[Math.ceil(share * values.length) - 1] ?? Number.NaN;
        const told = quantileMs(of(values), share) ?? Number.NaN;
        const bucket = bucketOf(truth);
        expect(told).toBeGreaterThanOrEqual(bucket === 0 ? 0 : (durationBoundsMs[bucket - 1] ?? Number.NaN));
        expect(told).toBeLessThanOrEqual(durationBoundsMs[bucket] ?? Number.NaN);
      },
    ),
  );
});

test("spread evenly within a bucket; nothing is said of no values; of the last bucket its lower bound", () => {
  // 100 values between 10 s and 15 s.
  const even = { counts: new Map([[bucketOf(12_000), 100]]), sumMs: 1_250_000 };
  expect(quantileMs(even, 0.5)).toBe(12_500);
  expect(countOf(even)).toBe(100);
  expect(quantileMs({ counts: new Map(), sumMs: 0 }, 0.95)).toBeUndefined();
  expect(quantileMs(of([10 ** 12]), 0.5)).toBe(durationBoundsMs.at(-1));
});
