/** The limiter's promises, on fleets of the worker's own gates over a virtual clock. Seeds are fixed. */
import { describe, expect, test } from "vitest";
import { generousRateLimit } from "../../services/contract/rate.ts";
import { stepBreaker } from "../../services/core/breaker.ts";
import { pause, withBreaker, withLimit } from "../../services/core/rate-control.ts";
import { aFleet, type FleetOptions } from "./fleet.ts";
import { overshoot } from "./windows.ts";

const RPM = 300;
const limit = { ...generousRateLimit, requestsPerMinute: RPM, burstSize: 50 };
const base = { runsPerWorker: 2, limit, turnMs: 2_000 } as const;
const bound = (skewMs = 0, perMinute = RPM) => ({ burst: 50, perMinute, skewMs });
const MINUTE = 60_000;

/** Runs a fleet for a while; gives what happened after the warm-up. */
async function measured(options: FleetOptions, warmMs: number, forMs: number) {
  const fleet = aFleet(options);
  await fleet.clock.advance(warmMs);
  const before = { writes: fleet.counts.writes, sends: fleet.sends.length };
  await fleet.clock.advance(forMs);
  fleet.stop();
  const sends = fleet.sends.slice(before.sends);
  return {
    fleet,
    sends,
    times: fleet.sends.map((send) => send.atMs),
    utilisation: sends.length / ((forMs / MINUTE) * options.limit.requestsPerMinute),
    writesPerCall: (fleet.counts.writes - before.writes) / sends.length,
  };
}

describe.each([
  { workers: 10, skewMs: 0 },
  { workers: 10, skewMs: 500 },
  { workers: 100, skewMs: 200 },
])("$workers workers, clocks off by $skewMs ms", (world) => {
  test("bound, rate, cost", async () => {
    const result = await measured({ ...base, ...world, seed: 7 }, MINUTE, 4 * MINUTE);
    expect(overshoot(result.times, bound(world.skewMs))).toBe(0);
    expect(result.utilisation).toBeGreaterThanOrEqual(0.98);
    expect(result.writesPerCall).toBeLessThanOrEqual(1.5);
  });
});

test("2,000 workers: bound and rate hold when each waits for minutes", async () => {
  const { times, utilisation, writesPerCall } = await measured(
    { ...base, runsPerWorker: 1, workers: 2_000, skewMs: 1_000, seed: 3 },
    MINUTE,
    2 * MINUTE,
  );
  expect(overshoot(times, bound(1_000))).toBe(0);
  expect(utilisation).toBeGreaterThanOrEqual(0.98);
  expect(writesPerCall).toBeLessThanOrEqual(1.5);
});

test.each([
  [100, 2, 5],
  [500, 1, 5],
  [1_000, 4, 5],
  [100, 1, 60],
])(
  "at the highest published rate, %d workers with %d runs do not stand in each other's way; the store is %d ms away",
  async (workers, runsPerWorker, storeMs) => {
    const fast = { ...limit, requestsPerMinute: 10_000, burstSize: 200 };
    const { times, utilisation, writesPerCall } = await measured(
      {
        ...base,
        storeMs,
        limit: fast,
        workers,
        runsPerWorker,
        turnMs: (runsPerWorker * workers * 1_000) / 300,
        seed: 9,
      },
      10_000,
      20_000,
    );
    expect(overshoot(times, { burst: 200, perMinute: 10_000, skewMs: 0 })).toBe(0);
    expect(utilisation).toBeGreaterThanOrEqual(0.98);
    expect(writesPerCall).toBeLessThanOrEqual(1.5);
  },
);

test("a clock that is off by an hour is put right before the first booking", async () => {
  const { times, utilisation } = await measured(
    { ...base, workers: 20, skewMs: 60 * MINUTE, seed: 5 },
    MINUTE,
    2 * MINUTE,
  );
  expect(overshoot(times, bound(1_000))).toBe(0);
  expect(utilisation).toBeGreaterThanOrEqual(0.98);
});

test("nobody starves: no wait is longer than twice the fair one", async () => {
  const { sends } = await measured({ ...base, workers: 60, seed: 11 }, 2 * MINUTE, 4 * MINUTE);
  const fairMs = (60 * base.runsPerWorker * MINUTE) / RPM - base.turnMs;
  expect(Math.max(...sends.map((send) => send.waitMs))).toBeLessThanOrEqual(2 * fairMs);
  const counts = new Map<number, number>();
  for (const { worker } of sends) counts.set(worker, (counts.get(worker) ?? 0) + 1);
  expect(counts.size).toBe(60);
});

test("nothing is written while nobody asks", async () => {
  const fleet = aFleet({ ...base, workers: 5, runsPerWorker: 0 });
  await fleet.clock.advance(10 * MINUTE);
  expect(fleet.counts.writes).toBe(0);
});

test("a light load pays at most two writes a call", async () => {
  const { writesPerCall, sends } = await measured(
    { ...base, runsPerWorker: 1, workers: 5, turnMs: 10_000, tokens: { input: 900, output: 300, estimate: 1_000 } },
    MINUTE,
    5 * MINUTE,
  );
  expect(sends.length).toBeGreaterThan(100);
  expect(writesPerCall).toBeLessThanOrEqual(2);
});

describe("a pause that one worker stores", () => {
  test("stops all within a second, sleepers included; nobody crowds in after it, and the rate is lower then", async () => {
    const fleet = aFleet({ ...base, workers: 100, seed: 2 });
    await fleet.clock.advance(2 * MINUTE);
    const { item } = await fleet.store.read(fleet.name);
    if (item === undefined) throw new Error("no item");
    const nowMs = fleet.clock.nowMs();
    const next = pause(item.control, { untilMs: nowMs + 9_000, ramp: false, rampMs: 0 }, nowMs);
    expect((await fleet.store.change(fleet.name, item.version, next)).kind).toBe("changed");
    const atMs = fleet.clock.monotonicMs();
    await fleet.clock.advance(2 * MINUTE);
    fleet.stop();
    const after = fleet.sends.map((send) => send.atMs).filter((time) => time > atMs + 1_100);
    expect(Math.min(...after)).toBeGreaterThanOrEqual(atMs + 9_000);
    const firstMinute = after.filter((time) => time < atMs + 9_000 + MINUTE).length;
    expect(firstMinute).toBeLessThanOrEqual(RPM * 0.76 + 2);
    expect(firstMinute).toBeGreaterThanOrEqual(RPM * 0.68);
  });

  test("comes from a 429: the fleet pauses, goes on by itself, and tells of it once", async () => {
    const refused = { kind: "failed", code: "rate-limited", message: "", billed: "no", retryAfterMs: 4_000 } as const;
    const fleet = aFleet({
      ...base,
      workers: 30,
      outcome: (atMs) => (atMs > MINUTE && atMs < MINUTE + 1_500 ? refused : undefined),
    });
    await fleet.clock.advance(3 * MINUTE);
    fleet.stop();
    const paused = fleet.events.filter(({ name }) => name === "rate.paused").length;
    expect(paused).toBeGreaterThanOrEqual(1);
    expect(paused).toBeLessThanOrEqual(3);
    const times = fleet.sends.map((send) => send.atMs);
    expect(times.filter((time) => time > MINUTE + 2_500 && time < MINUTE + 4_000)).toEqual([]);
    expect(times.filter((time) => time > 2 * MINUTE).length).toBeGreaterThan(RPM * 0.7);
  });
});

test.each([
  [300, 120],
  [120, 600],
])(
  "a limit that changes from %d to %d at run time holds at once, for slots that were handed out too",
  async (from, to) => {
    const fleet = aFleet({ ...base, limit: { ...limit, requestsPerMinute: from, burstSize: 20 }, workers: 100 });
    await fleet.clock.advance(2 * MINUTE);
    const { item } = await fleet.store.read(fleet.name);
    if (item === undefined) throw new Error("no item");
    const change = { limit: { ...limit, requestsPerMinute: to, burstSize: 20 }, by: "operator" } as const;
    await fleet.store.change(fleet.name, item.version, withLimit(item.control, change, fleet.clock.nowMs()));
    const atMs = fleet.clock.monotonicMs();
    await fleet.clock.advance(5 * MINUTE);
    fleet.stop();
    const after = fleet.sends.map((send) => send.atMs - atMs - 1_100).filter((time) => time > 0);
    expect(overshoot(after, { burst: 20, perMinute: to, skewMs: 0 })).toBe(0);
    // Who sleeps long looks again after a quarter of it: a raise is used by all within two minutes.
    const late = after.filter((time) => time > 2 * MINUTE && time <= 4 * MINUTE).length;
    expect(late).toBeGreaterThanOrEqual(2 * to * 0.98 - 1);
  },
);

test("a cold start ramps from a fifth to the whole rate", async () => {
  const { sends } = await measured({ ...base, workers: 40, rampMs: 4 * MINUTE }, 0, 6 * MINUTE);
  const inMinute = (n: number) => sends.filter(({ atMs }) => atMs >= n * MINUTE && atMs < (n + 1) * MINUTE).length;
  expect(inMinute(0)).toBeLessThan(RPM * 0.35);
  expect(inMinute(2)).toBeGreaterThan(inMinute(0));
  expect(inMinute(5)).toBeGreaterThanOrEqual(RPM * 0.98 - 1);
});

describe("tokens", () => {
  // Scarce from the first moment on, so that no credit is cut off; the estimate is wrong.
  const scarce = {
    limit: { ...limit, inputTokensPerMinute: 60_000 },
    tokens: { input: 2_000, output: 10, estimate: 700 },
  };

  test("are settled to the last one, by a fleet: bookings and corrections come to what the calls used", async () => {
    const fleet = aFleet({ ...base, ...scarce, workers: 20, runsPerWorker: 4, seed: 4 });
    await fleet.clock.advance(5 * MINUTE);
    const ended = fleet.finish();
    await fleet.clock.advance(MINUTE);
    await ended;
    const { item } = await fleet.store.read(fleet.name);
    expect(fleet.used.input).toBeGreaterThan(250_000);
    expect(fleet.input.moved).toBe(fleet.used.input);
    expect(item?.positions.input).toBe(fleet.input.from + fleet.used.input);
  });

  test("answers that are lost never give credit: at least what was used is charged", async () => {
    const fleet = aFleet({ ...base, ...scarce, workers: 20, runsPerWorker: 4, seed: 4, lostShare: 0.1 });
    await fleet.clock.advance(5 * MINUTE);
    const ended = fleet.finish();
    await fleet.clock.advance(MINUTE);
    await ended;
    expect(fleet.used.input).toBeGreaterThan(200_000);
    expect(fleet.input.moved).toBeGreaterThanOrEqual(fleet.used.input);
  });

  test("limit when they are the scarcer thing: their rate is kept and used", async () => {
    const tokens = { input: 2_000, output: 10, estimate: 2_000 };
    const { sends, times } = await measured(
      { ...base, limit: { ...limit, inputTokensPerMinute: 200_000 }, workers: 20, tokens },
      2 * MINUTE,
      5 * MINUTE,
    );
    const usedPerMinute = (sends.length * tokens.input) / 5;
    expect(usedPerMinute).toBeLessThanOrEqual(200_000 * 1.05);
    expect(usedPerMinute).toBeGreaterThanOrEqual(200_000 * 0.95);
    expect(overshoot(times, bound())).toBe(0);
  });

  test("estimates that are far too high are corrected, so that the requests are the limit again", async () => {
    const tokens = { input: 100, output: 10, estimate: 20_000 };
    const { utilisation } = await measured(
      { ...base, limit: { ...limit, inputTokensPerMinute: 2_000_000 }, workers: 5, runsPerWorker: 20, tokens },
      2 * MINUTE,
      5 * MINUTE,
    );
    expect(utilisation).toBeGreaterThan(0.9);
  });
});

describe("the breaker", () => {
  const overloaded = { kind: "failed", code: "overloaded", message: "", billed: "no" } as const;

  test("opens for the fleet on a burst of failures, probes one at a time, closes and ramps", async () => {
    const fleet = aFleet({
      ...base,
      workers: 30,
      outcome: (atMs) => (atMs > MINUTE && atMs < MINUTE + 50_000 ? overloaded : undefined),
    });
    await fleet.clock.advance(4 * MINUTE);
    fleet.stop();
    const names = fleet.events.map(({ name }) => name);
    expect(names.filter((name) => name === "breaker.opened").length).toBeGreaterThanOrEqual(1);
    expect(names).toContain("breaker.closed");
    const times = fleet.sends.map((send) => send.atMs);
    // From opening to the end of the trouble only probes go.
    const during = times.filter((time) => time > MINUTE + 15_000 && time < MINUTE + 50_000).length;
    expect(during).toBeLessThanOrEqual(3);
    expect(times.filter((time) => time > 3 * MINUTE).length).toBeGreaterThan(RPM * 0.7);
  });

  test.each(["spend-limit", "unauthorised"] as const)("%s opens it until a person closes it", async (code) => {
    let broken = false;
    const fleet = aFleet({
      ...base,
      workers: 20,
      outcome: () => (broken ? { ...overloaded, code } : undefined),
    });
    await fleet.clock.advance(MINUTE);
    broken = true;
    await fleet.clock.advance(2_000);
    broken = false;
    const sent = fleet.sends.length;
    await fleet.clock.advance(20 * MINUTE);
    expect(fleet.sends.length - sent).toBeLessThanOrEqual(5);
    const { item } = await fleet.store.read(fleet.name);
    if (item === undefined) throw new Error("no item");
    expect(item.control.breaker).toMatchObject({ kind: "open", cause: code });
    const nowMs = fleet.clock.nowMs();
    const closed = stepBreaker(item.control.breaker, { kind: "operator", action: "close" }, nowMs);
    await fleet.store.change(fleet.name, item.version, withBreaker(item.control, closed, { rampMs: 0, nowMs }));
    await fleet.clock.advance(3 * MINUTE);
    fleet.stop();
    expect(fleet.sends.length - sent).toBeGreaterThan(RPM);
  });
});

test("without an answer of the store nothing starts", async () => {
  const fleet = aFleet({ ...base, workers: 10, lostShare: 1 });
  await fleet.clock.advance(2 * MINUTE);
  fleet.stop();
  expect(fleet.sends).toEqual([]);
  expect(fleet.events.every(({ name }) => name === "store.failed")).toBe(true);
});
