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

/** A worker whose one call has used more than was charged, and that is told to leave. */
async function aDebtor() {
  const clock = manualClock(aTimeMs);
  const trouble = faults();
  const store = memoryLimiterStore(trouble, clock);
  const slow = { answerMs: 0, bookFails: false };
  const slowStore: typeof store = {
    ...store,
    read: async (name) => {
      await clock.sleep(slow.answerMs);
      return store.read(name);
    },
    book: async (name, version, write) => {
      await clock.sleep(slow.answerMs);
      if (slow.bookFails) throw new Error("no answer");
      return store.book(name, version, write);
    },
  };
  const rate = { "*": { requestsPerMinute: 600, burstSize: 10, inputTokensPerMinute: 60_000 } };
  const settings = { platform: "p", workspace: "w", limits: rate, headroom: 0, rampMs: 0 };
  const stop = new AbortController();
  const parts = { store: slowStore, clock, chance: seededChance(1), events: { emit: () => undefined }, settings };
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
  const moved = async () => ((await store.read(name)).item?.positions.input ?? Number.NaN) - before;
  return { clock, trouble, slow, gate, moved };
}

/** How far the input tokens moved when it left. */
async function movedAfter(operation: Operation, times: number): Promise<number | undefined> {
  const { trouble, gate, moved } = await aDebtor();
  trouble.failNext(operation, new Error("no answer"), times);
  await gate.settleAll();
  trouble.heal();
  return moved();
}

describe("what a call used beyond its estimate is written at the end", () => {
  test.each(["limiter.read", "limiter.book"] as const)("%s that fails once, or all but once", async (operation) => {
    // Credit that lay idle meanwhile is cut off with it.
    const whole = await movedAfter(operation, 0);
    expect(whole).toBeGreaterThanOrEqual(USED - CHARGED);
    for (const times of [1, limits.settleTries - 1]) expect(await movedAfter(operation, times)).toBe(whole);
  });

  test("a store that answers late and takes nothing holds the worker no longer than a drain's margin, and is left alone then", async () => {
    const { clock, slow, gate, moved } = await aDebtor();
    Object.assign(slow, { answerMs: limits.storeCallMs - 1, bookFails: true });
    let isOver = false;
    void gate.settleAll().then(() => {
      isOver = true;
    });
    await clock.advance(limits.drainMarginMs);
    expect(isOver).toBe(true);
    await clock.advance(3 * limits.storeCallMs);
    expect(clock.sleeping).toBe(0);
    expect(await moved()).toBe(0);
  });

  test("a store that never answers does not hold the worker", async () => {
    expect(await movedAfter("limiter.read", Number(limits.settleTries))).toBe(0);
  });
});
