/** No start above what the server's own headers leave. Seeds are fixed. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Amounts, generousRateLimit } from "../../services/contract/rate.ts";
import { firstSlot, moved, movesOf } from "../../services/core/limiter.ts";
import { slotTimeMs } from "../../services/core/rate-clock.ts";
import { firstControl } from "../../services/core/rate-control.ts";
import { leastPositions } from "../../services/core/server-credit.ts";
import { aFleet } from "./fleet.ts";

const START = Date.UTC(2026, 9, 1);
const limit = { ...generousRateLimit, requestsPerMinute: 300, burstSize: 50 };
const ONE = { permits: 1, tokens: { input: 0, output: 0 }, correction: { input: 0, output: 0 } };

describe("after a word of the server", () => {
  const gaps = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 80 });
  test("no more start than were left and came back since, whatever was free before", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 100_000 }), gaps, (left, quiet, steps) => {
        const control = firstControl(limit, 0, START);
        const saidMs = START + quiet;
        const least = leastPositions(control, { requests: left }, saidMs);
        let positions: Amounts = { requests: 0, input: 0, output: 0 };
        let nowMs = saidMs;
        let started = 0;
        for (const gap of steps) {
          nowMs += gap;
          positions = moved(positions, movesOf({ control, positions }, { ...ONE, least }, nowMs));
          const startMs = Math.max(nowMs, slotTimeMs(control, firstSlot(positions, ONE)));
          started++;
          expect(started).toBeLessThanOrEqual(left + ((startMs - saidMs) * 300) / 60_000 + 0.001);
        }
      }),
      { numRuns: 300, seed: 20261121 },
    );
  });

  test("a call waits until the tokens that it needs are there", () => {
    const control = firstControl({ ...limit, inputTokensPerMinute: 60_000 }, 0, START);
    const nowMs = START + 60_000;
    const least = leastPositions(control, { input: 500 }, nowMs);
    const booking = { ...ONE, tokens: { input: 2_500, output: 0 }, least };
    const after = moved(
      { requests: 0, input: 0, output: 0 },
      movesOf({ control, positions: { requests: 0, input: 0, output: 0 } }, booking, nowMs),
    );
    expect(slotTimeMs(control, firstSlot(after, booking)) - nowMs).toBe(2_000);
  });

  test("a server that says nothing of it leaves everything as it was", () => {
    expect(leastPositions(firstControl(limit, 0, START), {}, START)).toEqual({});
  });
});

/** A server whose bucket holds `capacity` and is refilled at the rate that is configured. */
function bucket(capacity: number) {
  let level = capacity;
  let atMs = 0;
  let refused = 0;
  const take = (nowMs: number): number => {
    level = Math.min(capacity, level + (nowMs - atMs) * (300 / 60_000));
    atMs = nowMs;
    if (level < 1) refused++;
    else level--;
    return Math.floor(level);
  };
  return { take, refused: () => refused };
}

test.each([
  ["heard", 0],
  ["not heard", 10],
] as const)("a server with a smaller burst than ours: its word is %s", async (word, leastRefused) => {
  const server = bucket(10);
  const fleet = aFleet({
    workers: 3,
    runsPerWorker: 10,
    limit,
    turnMs: 20_000,
    left: (atMs) => {
      const requests = server.take(atMs);
      return word === "heard" ? { requests } : undefined;
    },
  });
  await fleet.clock.advance(180_000);
  fleet.stop();
  expect(fleet.sends.length).toBeGreaterThan(200);
  // Three workers that start in the same moment have not heard of each other's answers yet.
  expect(server.refused()).toBeLessThanOrEqual(leastRefused === 0 ? 2 : 200);
  expect(server.refused()).toBeGreaterThanOrEqual(leastRefused);
});
