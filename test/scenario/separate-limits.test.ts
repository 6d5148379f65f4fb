/** Failures, interruptions, waits and dead letters are counted apart, and each has a limit of its own. */
import { expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { afterLoss } from "../../services/core/recovery.ts";
import { aHead, aTimeMs } from "../support/builders.ts";
import { aWakeId, aWorkerId } from "../support/ids.ts";
import { aWorld } from "./worker-fixture.ts";

const WITHIN_MS = 3_600_000;

/** Runs a run whose calls all fail so, until it has ended or waits. */
async function afterFailing(
  code: "rate-limited" | "overloaded" | "spend-limit" | "unauthorised",
  overrides: Partial<RunHead>,
): Promise<RunHead> {
  const world = aWorld();
  world.model.otherwise(() => ({ kind: "fail", code, billed: "no", retryAfterMs: 30_000 }));
  const id = await world.submit({ deadlineAtMs: aTimeMs + 2 * WITHIN_MS, timeoutMs: 2 * WITHIN_MS, ...overrides });
  world.start();
  const isOver = (head: RunHead) =>
    head.state === "DEAD" || (head.state === "QUEUED" && head.holder?.startsWith("PARK#"));
  await world.until(id, (head) => isOver(head) === true, WITHIN_MS);
  return world.head(id);
}

test("waits for the rate limit park the run and count as nothing else", async () => {
  const head = await afterFailing("rate-limited", {
    failures: limits.failuresMax - 1,
    fruitless: limits.interruptionsMax,
  });
  expect(head).toMatchObject({ state: "QUEUED", waits: 1, failures: limits.failuresMax - 1 });
});

test("the last allowed wait parks, one more gives the run up", async () => {
  expect(await afterFailing("rate-limited", { waits: limits.waitsMax - 1 })).toMatchObject({ state: "QUEUED" });
  expect(await afterFailing("rate-limited", { waits: limits.waitsMax })).toMatchObject({
    state: "DEAD",
    reason: "too-many-waits",
  });
});

test.each(["spend-limit", "unauthorised"] as const)("%s is nobody's wait: only the deadline ends it", async (code) => {
  const head = await afterFailing(code, { waits: limits.waitsMax });
  expect(head).toMatchObject({ state: "QUEUED", waits: limits.waitsMax, failures: 0, interruptions: 0 });
});

test("the last allowed failure gives the run up, whatever else was counted", async () => {
  const head = await afterFailing("overloaded", { failures: limits.failuresMax - 1, waits: limits.waitsMax });
  expect(head).toMatchObject({ state: "DEAD", reason: "too-many-failures" });
});

test("the last allowed interruption gives the run up, whatever else was counted", () => {
  const lost = (interruptions: number) =>
    afterLoss(
      aHead({
        state: "RUNNING",
        holder: aWorkerId(),
        fruitless: interruptions,
        failures: limits.failuresMax,
        waits: limits.waitsMax,
      }),
      { nowMs: aTimeMs, lastSeenMs: undefined, wakeId: aWakeId() },
    );
  expect(lost(limits.interruptionsMax - 1)).toMatchObject({ kind: "queued" });
  expect(lost(limits.interruptionsMax)).toMatchObject({ kind: "ended", reason: "too-many-interruptions" });
});
