/** The limiter's arithmetic against a sequential reference: a plain token bucket that decides at the moment of the send. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Amounts, generousRateLimit, type RateControl } from "../../services/contract/rate.ts";
import { type Booking, firstSlot, moved, movesOf, takes } from "../../services/core/limiter.ts";
import {
  burstOf,
  PERMIT,
  perMinute,
  positionsAt,
  shareAt,
  slotTimeMs,
  whenReached,
} from "../../services/core/rate-clock.ts";
import { coldStart, firstControl, lowered, pause, withBreaker, withLimit } from "../../services/core/rate-control.ts";
import { overshoot } from "./windows.ts";

const START = Date.UTC(2026, 9, 1);
const LIMIT = { ...generousRateLimit, requestsPerMinute: 300, burstSize: 50 };
const runs = (numRuns: number) => ({ numRuns, seed: 20261001 });
const NONE = { input: 0, output: 0 };

/** Books one after the other as a single worker does; gives the moment at which each permit may be used. */
function book(control: RateControl, positions: Amounts, booking: Booking, nowMs: number) {
  const moves = movesOf({ control, positions }, booking, nowMs);
  expect(takes(positions, moves)).toBe(true);
  const after = moved(positions, moves);
  const slot = firstSlot(after, booking);
  const times = Array.from({ length: booking.permits }, (_, i) =>
    Math.max(nowMs, slotTimeMs(control, { ...slot, requests: slot.requests + i * PERMIT })),
  );
  return { after, times };
}

/** Virtual scheduling as in the literature, in exact milliseconds. */
function reference(perMs: number, burst: number) {
  let tat = START;
  return (nowMs: number): number => {
    tat = Math.max(tat, nowMs) + 1 / perMs;
    return Math.max(nowMs, tat - burst / perMs);
  };
}

describe("against the reference", () => {
  test("requests get the same moments as from a sequential GCRA, up to the rounding of one clock tick", () => {
    const gaps = fc.array(fc.oneof(fc.integer({ min: 0, max: 150 }), fc.integer({ min: 0, max: 30_000 })), {
      maxLength: 200,
    });
    fc.assert(
      fc.property(
        gaps,
        fc.integer({ min: 60, max: 6_000 }),
        fc.integer({ min: 1, max: 60 }),
        (waits, rpm, burstSize) => {
          const control = firstControl(
            { ...generousRateLimit, requestsPerMinute: rpm, burstSize: Math.min(burstSize, rpm) },
            0,
            START,
          );
          const perMs = rpm / 60_000;
          const next = reference(perMs, Math.min(burstSize, rpm));
          let positions: Amounts = { requests: 0, input: 0, output: 0 };
          let nowMs = START;
          for (const gap of waits) {
            nowMs += gap;
            const { after, times } = book(control, positions, { permits: 1, tokens: NONE, correction: NONE }, nowMs);
            positions = after;
            expect(Math.abs((times[0] ?? 0) - next(nowMs))).toBeLessThan(2 + 2 / perMs / PERMIT);
          }
        },
      ),
      runs(200),
    );
  });

  test("no window ever holds more than burst + rate x w, with n permits a booking and tokens that limit", () => {
    const step = fc.record({
      gap: fc.integer({ min: 0, max: 3_000 }),
      permits: fc.integer({ min: 1, max: 4 }),
      tokens: fc.integer({ min: 0, max: 20_000 }),
      off: fc.integer({ min: -20_000, max: 20_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
        const limit = { ...LIMIT, inputTokensPerMinute: 1_000_000 };
        const control = firstControl(limit, 0, START);
        let positions: Amounts = { requests: 0, input: 0, output: 0 };
        let nowMs = START;
        const times: number[] = [];
        for (const { gap, permits, tokens, off } of steps) {
          nowMs += gap;
          const correction = { input: off, output: 0 };
          const booked = book(control, positions, { permits, tokens: { input: tokens, output: 0 }, correction }, nowMs);
          positions = booked.after;
          times.push(...booked.times.map((time) => time - START));
        }
        expect(overshoot(times, { burst: 50, perMinute: 300, skewMs: 0 })).toBe(0);
      }),
      runs(200),
    );
  });
});

describe("tokens", () => {
  test("are settled to the last one: without idleness the position moves by exactly what was used", () => {
    const call = fc.record({ estimate: fc.integer({ min: 0, max: 9_000 }), used: fc.integer({ min: 0, max: 9_000 }) });
    fc.assert(
      fc.property(fc.array(call, { minLength: 1, maxLength: 100 }), (calls) => {
        const control = firstControl({ ...LIMIT, inputTokensPerMinute: 60_000 }, 0, START);
        // Far ahead of the clock, so that no credit is cut off.
        let positions: Amounts = { requests: 0, input: 1_000_000, output: 1_000_000 };
        for (const { estimate, used } of calls) {
          positions = book(
            control,
            positions,
            { permits: 1, tokens: { input: estimate, output: 0 }, correction: NONE },
            START,
          ).after;
          const settle = { permits: 0, tokens: NONE, correction: { input: used - estimate, output: 0 } };
          positions = moved(positions, movesOf({ control, positions }, settle, START));
        }
        expect(positions.input).toBe(1_000_000 + calls.reduce((sum, { used }) => sum + used, 0));
      }),
      runs(200),
    );
  });

  test("neither quiet nor corrections give more credit than the burst", () => {
    const step = fc.record({
      gap: fc.integer({ min: 0, max: 600_000 }),
      off: fc.integer({ min: -1_000_000, max: 1_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 50 }), (steps) => {
        const control = firstControl({ ...LIMIT, inputTokensPerMinute: 60_000 }, 0, START);
        const burst = burstOf(control).input;
        let positions: Amounts = { requests: 0, input: 0, output: 0 };
        let nowMs = START;
        for (const { gap, off } of steps) {
          nowMs += gap;
          const booking = { permits: 1, tokens: { input: 100, output: 0 }, correction: { input: off, output: 0 } };
          positions = book(control, positions, booking, nowMs).after;
          expect(positions.input).toBeGreaterThanOrEqual(positionsAt(control, nowMs).input - burst + 100);
        }
      }),
      runs(200),
    );
  });

  test("a call larger than the burst starts and is paid off afterwards", () => {
    const control = firstControl({ ...LIMIT, inputTokensPerMinute: 60_000 }, 0, START);
    const positions = { requests: 0, input: 0, output: 0 };
    const huge = { permits: 1, tokens: { input: 120_000, output: 0 }, correction: NONE };
    const first = book(control, positions, huge, START);
    expect(first.times).toEqual([START]);
    const second = book(control, first.after, huge, START + 1);
    expect(second.times[0]).toBeGreaterThan(START + 100_000);
  });
});

describe("clocks", () => {
  const change = fc.oneof(
    fc.record({ kind: fc.constant("pause" as const), ms: fc.integer({ min: 1, max: 60_000 }), ramp: fc.boolean() }),
    fc.record({ kind: fc.constant("cold" as const) }),
    fc.record({ kind: fc.constant("limit" as const), rpm: fc.integer({ min: 1, max: 20_000 }) }),
    fc.record({ kind: fc.constant("server" as const), rpm: fc.integer({ min: 1, max: 20_000 }) }),
    fc.record({ kind: fc.constant("open" as const) }),
    fc.record({ kind: fc.constant("close" as const) }),
  );
  const changes = fc.array(fc.record({ gap: fc.integer({ min: 0, max: 120_000 }), change }), { maxLength: 30 });
  type Change = typeof change extends fc.Arbitrary<infer C> ? C : never;

  function apply(control: RateControl, what: Change, nowMs: number): RateControl {
    switch (what.kind) {
      case "pause":
        return pause(control, { untilMs: nowMs + what.ms, ramp: what.ramp, rampMs: 600_000 }, nowMs);
      case "cold":
        return coldStart(control, 600_000, nowMs);
      case "limit":
        return withLimit(control, { limit: { ...LIMIT, requestsPerMinute: what.rpm }, by: "operator" }, nowMs);
      case "server":
        return lowered(control, { requestsPerMinute: what.rpm }, nowMs);
      case "open":
        return withBreaker(
          control,
          { kind: "open", cause: "operator", atMs: nowMs, probes: 0 },
          { rampMs: 600_000, nowMs },
        );
      case "close":
        return withBreaker(control, { kind: "closed", sinceMs: nowMs }, { rampMs: 600_000, nowMs });
    }
  }

  test("no change moves a clock back or makes it jump, and none runs faster than its limit", () => {
    fc.assert(
      fc.property(changes, (steps) => {
        let control = firstControl(LIMIT, 0, START);
        let nowMs = START;
        for (const { gap, change: what } of steps) {
          const before = positionsAt(control, nowMs).requests;
          nowMs += gap;
          const at = positionsAt(control, nowMs).requests;
          expect(at).toBeGreaterThanOrEqual(before);
          expect(at - before).toBeLessThanOrEqual((perMinute(control).requests * gap) / 60_000 + 1);
          control = apply(control, what, nowMs);
          expect(positionsAt(control, nowMs).requests).toBe(at);
        }
      }),
      runs(300),
    );
  });

  test("a position is reached when the clock says so", () => {
    fc.assert(
      fc.property(changes, fc.integer({ min: 1, max: 5_000_000 }), (steps, aheadBy) => {
        let control = firstControl(LIMIT, 600_000, START);
        let nowMs = START;
        for (const { gap, change: what } of steps) {
          nowMs += gap;
          control = apply(control, what, nowMs);
        }
        const position = positionsAt(control, nowMs).requests + aheadBy;
        const atMs = whenReached(control, "requests", position);
        if (control.breaker.kind !== "closed") {
          expect(atMs).toBe(Number.POSITIVE_INFINITY);
          return;
        }
        expect(positionsAt(control, atMs + 1).requests).toBeGreaterThanOrEqual(position - 1);
        expect(positionsAt(control, atMs - 1).requests).toBeLessThanOrEqual(position);
      }),
      runs(300),
    );
  });

  test("a 429 cuts the rate once for each pause, and it comes back by itself", () => {
    const control = firstControl(LIMIT, 0, START);
    const once = pause(control, { untilMs: START + 5_000, ramp: false, rampMs: 0 }, START);
    expect(pause(once, { untilMs: START + 4_000, ramp: false, rampMs: 0 }, START + 100)).toBe(once);
    const longer = pause(once, { untilMs: START + 9_000, ramp: false, rampMs: 0 }, START + 100);
    expect(longer).toMatchObject({ pausedUntilMs: START + 9_000, share: 0.7 });
    expect(shareAt(longer, START + 8_999)).toBe(0);
    expect(shareAt(longer, START + 9_000)).toBe(0.7);
    expect(shareAt(longer, START + 9_000 + 6 * 60_000)).toBe(1);
  });

  test("headers only ever lower a limit", () => {
    const control = firstControl(LIMIT, 0, START);
    expect(lowered(control, { requestsPerMinute: 300 }, START)).toBe(control);
    const low = lowered(control, { requestsPerMinute: 100, inputTokensPerMinute: 2_000_000_000 }, START);
    expect(perMinute(low)).toMatchObject({ requests: 100 * PERMIT, input: LIMIT.inputTokensPerMinute });
    expect(lowered(low, { requestsPerMinute: 200 }, START)).toBe(low);
  });
});
