/** What is no run's fault parks it, counts as nothing, and does not bring a crowd back at once. */
import { expect, test } from "vitest";
import type { ModelFailureCode } from "../../../services/contract/failures.ts";
import { limits } from "../../../services/contract/limits.ts";
import { afterFailure } from "../../../services/worker/after-failure.ts";

const after = (code: ModelFailureCode, fraction: number) =>
  afterFailure({ kind: "failed", code, message: "no", billed: "no" }, { failures: 0, waits: 0 }, fraction);

test.each(["spend-limit", "unauthorised"] as const)("%s: runs come back spread over a minute", (code) => {
  const waits = [0, 0.5, 0.999].map((fraction) => after(code, fraction));
  expect(waits).toMatchObject(waits.map(() => ({ kind: "park", counts: "hold" })));
  const waitMs = waits.map((one) => ("waitMs" in one ? one.waitMs : Number.NaN));
  expect(waitMs[0]).toBe(limits.retryMaxMs / 4);
  expect(waitMs[1]).toBe(0.75 * limits.retryMaxMs);
  expect(waitMs[2]).toBeGreaterThan(1.24 * limits.retryMaxMs);
});
