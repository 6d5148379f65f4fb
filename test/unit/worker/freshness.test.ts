import { describe, expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { momentOf } from "../../../services/core/moment.ts";
import { Freshness } from "../../../services/worker/freshness.ts";
import { aTimeMs } from "../../support/builders.ts";

const MINUTE_MS = 60_000;

/** A worker whose beat was acknowledged just now. */
function aFreshWorker() {
  const at = { monotonicMs: 0, nowMs: aTimeMs };
  const clock = { monotonicMs: () => at.monotonicMs, nowMs: () => at.nowMs, sleep: async () => {} };
  const freshness = new Freshness(clock);
  const beats = () => freshness.acknowledged(momentOf(clock));
  beats();
  const passes = (ms: number) => {
    at.monotonicMs += ms;
    at.nowMs += ms;
  };
  return { at, freshness, beats, passes };
}

describe("a worker may act", () => {
  test("only a while after its last acknowledged beat", () => {
    const { freshness, passes } = aFreshWorker();
    passes(limits.actWithinMs - 1);
    expect(freshness.fresh).toBe(true);
    passes(1);
    expect(freshness.fresh).toBe(false);
  });

  test("not after a sleep of its machine that its monotonic clock did not see, until it is heard again", () => {
    const { at, freshness, beats } = aFreshWorker();
    at.nowMs += 10 * MINUTE_MS;
    expect(freshness.fresh).toBe(false);
    expect(freshness.silentMs).toBe(10 * MINUTE_MS);
    beats();
    expect(freshness.fresh).toBe(true);
  });

  test("as long as before where its wall clock is set back", () => {
    const { at, freshness, passes } = aFreshWorker();
    at.nowMs -= 10 * MINUTE_MS;
    expect(freshness.silentMs).toBe(0);
    passes(limits.actWithinMs);
    expect(freshness.fresh).toBe(false);
  });

  test("and waits for its next beat where its wall clock is set forward", async () => {
    const { at, freshness, beats } = aFreshWorker();
    at.nowMs += 3 * MINUTE_MS;
    const waits = freshness.untilFresh(new AbortController().signal);
    beats();
    expect(await waits).toBe(true);
  });

  test("never before its first beat", () => {
    const { at } = aFreshWorker();
    const clock = { monotonicMs: () => at.monotonicMs, nowMs: () => at.nowMs, sleep: async () => {} };
    expect(new Freshness(clock).silentMs).toBe(Number.POSITIVE_INFINITY);
  });
});
