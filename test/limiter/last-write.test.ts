/** A worker that leaves writes what it owes, though the store does not answer at once. */
import { describe, expect, test } from "vitest";
import { faults, type Operation } from "../../services/adapters/memory/faults.ts";
import { memoryLimiterStore } from "../../services/adapters/memory/limiter-store.ts";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { seededChance } from "../../services/adapters/memory/seeded-chance.ts";
import { limits } from "../../services/contract/limits.ts";
import { OVER } from "../../services/ports/clock.ts";
import { RateGate } from "../../services/worker/rate-gate.ts";
import { aTimeMs } from "../support/builders.ts";
import { answerUsing, CLASS } from "./fleet.ts";

const CHARGED = 400;
const USED = 1_000;

/** How far the input tokens moved when a worker left whose one call had used more than was charged. */
async function movedAfter(operation: Operation, times: number): Promise<number | undefined> {
  const clock = manualClock(aTimeMs);
  const trouble = faults();
  const store = memoryLimiterStore(trouble, clock);
  const rate = { "*": { requestsPerMinute: 600, burstSize: 10, inputTokensPerMinute: 60_000 } };
  const settings = { platform: "p", workspace: "w", limits: rate, headroom: 0, rampMs: 0 };
  const stop = new AbortController();
  const parts = { store, clock, chance: seededChance(1), events: { emit: () => undefined }, settings };
  const gate = new RateGate({ ...parts, stop: stop.signal, onChange: () => undefined }, CLASS);
  const ask = { lane: "normal", tokens: { input: CHARGED, output: 0 }, signal: stop.signal } as const;
  const taken = gate.take({}, ask);
  await clock.advance(100);
  const permit = await taken;
  if (permit.kind !== "permit") throw new Error(`no permit: ${permit.kind}`);
  // The view is too old to book by: what is owed needs a look first.
  await clock.advance(limits.rateViewMs);
  const name = { platform: "p", workspace: "w", limitClass: CLASS };
  const before = (await store.read(name)).item?.positions.input ?? Number.NaN;
  permit.settle(answerUsing(USED, 0));
  stop.abort(OVER);
  trouble.failNext(operation, new Error("no answer"), times);
  await gate.settleAll();
  trouble.heal();
  return ((await store.read(name)).item?.positions.input ?? Number.NaN) - before;
}

describe("what a call used beyond its estimate is written at the end", () => {
  test.each(["limiter.read", "limiter.book"] as const)("%s that fails once, or all but once", async (operation) => {
    // Credit that lay idle meanwhile is cut off with it.
    const whole = await movedAfter(operation, 0);
    expect(whole).toBeGreaterThanOrEqual(USED - CHARGED);
    for (const times of [1, limits.settleTries - 1]) expect(await movedAfter(operation, times)).toBe(whole);
  });

  test("a store that never answers does not hold the worker", async () => {
    expect(await movedAfter("limiter.read", Number(limits.settleTries))).toBe(0);
  });
});
