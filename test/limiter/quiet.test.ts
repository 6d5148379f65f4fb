/** Who gives up and who asks in the same moment do not keep the gate from sleeping. */
import { expect, test } from "vitest";
import { faults } from "../../services/adapters/memory/faults.ts";
import { memoryLimiterStore } from "../../services/adapters/memory/limiter-store.ts";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { seededChance } from "../../services/adapters/memory/seeded-chance.ts";
import { type Clock, OVER } from "../../services/ports/clock.ts";
import { RateGate } from "../../services/worker/rate-gate.ts";
import { aTimeMs } from "../support/builders.ts";

const MOST = 20;

test("a call that is asked for in the moment in which the last that waited is given up waits asleep for its slot", async () => {
  const clock = manualClock(aTimeMs);
  const store = memoryLimiterStore(faults(), clock);
  let atOnce = 0;
  const counting: Clock = {
    ...clock,
    nowMs: clock.nowMs,
    sleep: (ms, signal) => {
      if (signal?.aborted === true && ++atOnce > MOST) return new Promise<void>(() => undefined);
      return clock.sleep(ms, signal);
    },
  };
  const limits = { "*": { requestsPerMinute: 60, burstSize: 10 } };
  const settings = { platform: "p", workspace: "w", limits, headroom: 0, rampMs: 0 };
  const stop = new AbortController();
  const chance = seededChance(1);
  const parts = { store, clock: counting, chance, events: { emit: () => undefined }, settings, stop: stop.signal };
  const gate = new RateGate({ ...parts, onChange: () => undefined }, "claude-test");
  const take = (signal: AbortSignal) => gate.take({}, { lane: "normal", tokens: { input: 0, output: 0 }, signal });
  let permits = 0;
  const count = ({ kind }: { readonly kind: string }) => {
    if (kind === "permit") permits++;
  };
  const life = new AbortController();
  for (let i = 0; i < 30; i++) void take(life.signal).then(count);
  await clock.advance(500);
  const before = permits;
  expect(before).toBeLessThan(30);
  life.abort(OVER);
  void take(stop.signal).then(count);
  await clock.advance(60_000);
  expect(permits).toBe(before + 1);
  expect(atOnce).toBeLessThan(MOST);
  stop.abort(OVER);
});
