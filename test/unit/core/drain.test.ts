import fc from "fast-check";
import { expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { planDrain, type StopNotice } from "../../../services/core/drain.ts";
import { aTimeMs } from "../../support/builders.ts";

const NOW = aTimeMs;

test("a Spot notice of two minutes leaves the margin and one store call", () => {
  const plan = planDrain({ source: "spot", atMs: NOW, deadlineAtMs: NOW + 120_000 }, NOW);
  expect(plan).toEqual({ abortAtMs: NOW + 100_000, releaseByMs: NOW + 105_000 });
});

test("a turn of the longest time that begins with a Spot notice is finished, not aborted", () => {
  const plan = planDrain({ source: "spot", atMs: NOW, deadlineAtMs: NOW + 120_000 }, NOW);
  expect(plan.abortAtMs - NOW).toBeGreaterThanOrEqual(limits.turnMs);
});

test("a notice without a deadline has the drain time", () => {
  expect(planDrain({ source: "SIGTERM", atMs: NOW }, NOW).releaseByMs).toBe(
    NOW + limits.drainMs - limits.drainMarginMs,
  );
});

test("a deadline that has passed means now", () => {
  const plan = planDrain({ source: "SIGTERM", atMs: NOW - 90_000, deadlineAtMs: NOW - 1 }, NOW);
  expect(plan).toEqual({ abortAtMs: NOW, releaseByMs: NOW });
});

test("a plan lies between now and the deadline less the margin, and aborts before it releases", () => {
  const span = fc.integer({ min: -300_000, max: 300_000 });
  fc.assert(
    fc.property(span, fc.option(span, { nil: undefined }), (notedMs, deadlineMs) => {
      const notice: StopNotice = {
        source: "test",
        atMs: NOW + notedMs,
        ...(deadlineMs === undefined ? {} : { deadlineAtMs: NOW + deadlineMs }),
      };
      const { abortAtMs, releaseByMs } = planDrain(notice, NOW);
      const deadlineAtMs = notice.deadlineAtMs ?? notice.atMs + limits.drainMs;
      expect(abortAtMs).toBeGreaterThanOrEqual(NOW);
      expect(releaseByMs).toBeGreaterThanOrEqual(abortAtMs);
      expect(releaseByMs).toBeLessThanOrEqual(Math.max(NOW, deadlineAtMs - limits.drainMarginMs));
    }),
  );
});
