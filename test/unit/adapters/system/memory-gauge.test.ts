import { expect, test } from "vitest";
import { memoryGauge } from "../../../../services/adapters/system/memory-gauge.ts";

const GIB = 1_024 ** 3;
const gauge = (freeBytes: number, limitBytes: number) =>
  memoryGauge({ availableMemory: () => freeBytes, constrainedMemory: () => limitBytes }, 16 * GIB);

test("without a limit the machine's memory counts, with one the container's", () => {
  expect(gauge(4 * GIB, 0).usedShare()).toBe(0.75);
  expect(gauge(0.5 * GIB, 2 * GIB).usedShare()).toBe(0.75);
  expect(gauge(4 * GIB, Number.MAX_SAFE_INTEGER).usedShare()).toBe(0.75);
});

test("numbers that do not agree say nothing", () => {
  expect(gauge(4 * GIB, 2 * GIB).usedShare()).toBeUndefined();
  expect(gauge(-1, 0).usedShare()).toBeUndefined();
});

test("this process finds some", () => {
  const share = memoryGauge().usedShare();
  expect(share).toBeGreaterThan(0);
  expect(share).toBeLessThan(1);
});
