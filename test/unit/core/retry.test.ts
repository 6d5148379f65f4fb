import fc from "fast-check";
import { expect, test } from "vitest";
import { backoffMs } from "../../../services/core/retry.ts";

const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const backoff = fc.record({ baseMs: fc.integer({ min: 1, max: 5_000 }), maxMs: fc.integer({ min: 1, max: 600_000 }) });

test("the ceiling doubles with each attempt until the maximum", () => {
  const ceilings = [0, 1, 2, 3, 4].map((attempt) => backoffMs(attempt, { baseMs: 100, maxMs: 1_000 }, 0.999_999));
  expect(ceilings).toEqual([99, 199, 399, 799, 999]);
});

test("jitter is full: it reaches from no wait to the ceiling", () => {
  expect(backoffMs(3, { baseMs: 100, maxMs: 1_000 }, 0)).toBe(0);
  expect(backoffMs(3, { baseMs: 100, maxMs: 1_000 }, 0.5)).toBe(400);
});

test("a wait is whole, never negative and never above the bounds, whatever the attempt", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), backoff, fraction, (attempt, bounds, part) => {
      const waitMs = backoffMs(attempt, bounds, part);
      expect(Number.isInteger(waitMs)).toBe(true);
      expect(waitMs).toBeGreaterThanOrEqual(0);
      expect(waitMs).toBeLessThanOrEqual(Math.min(bounds.maxMs, bounds.baseMs * 2 ** attempt));
    }),
  );
});
