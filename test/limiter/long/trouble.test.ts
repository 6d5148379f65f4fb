/** Large fleets in trouble, and any fleet in any trouble. Seeds are fixed. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { withLimit } from "../../../services/core/rate-control.ts";
import { aFleet } from "../fleet.ts";
import { expectAllAccounted, harsh, limit, throughTrouble } from "../trouble.ts";
import { overshoot } from "../windows.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test.each([
  { workers: 500, runsPerWorker: 1, lifeMs: 20 * MINUTE, seed: 4 },
  { workers: 2_000, runsPerWorker: 1, lifeMs: 2 * HOUR, seed: 5 },
])(
  "$workers workers with wrong clocks, deaths and lost answers: every slot is used, or went with its worker or answer",
  async (world) => {
    const result = await throughTrouble(harsh(world));
    expect(result.crashes).toBeGreaterThan(10);
    expectAllAccounted(result);
  },
);

// Spot interrupts about five instances of a hundred in an hour.
test.each([100, 500, 2_000])(
  "%d workers that live for a day, every thousandth answer lost: 98 % are used",
  async (workers) => {
    const runsPerWorker = Math.ceil(400 / workers);
    const result = await throughTrouble({ workers, runsPerWorker, lifeMs: 20 * HOUR, lostShare: 0.001, seed: 8 });
    expectAllAccounted(result);
    expect(result.used).toBeGreaterThanOrEqual(0.98);
  },
);

const trouble = fc.record({
  workers: fc.integer({ min: 1, max: 150 }),
  runsPerWorker: fc.integer({ min: 1, max: 4 }),
  turnMs: fc.integer({ min: 50, max: 8_000 }),
  storeMs: fc.integer({ min: 1, max: 120 }),
  skewMs: fc.oneof(fc.integer({ min: 0, max: 1_000 }), fc.integer({ min: 1_000, max: 10 * MINUTE })),
  lostShare: fc.double({ min: 0, max: 0.2, noNaN: true }),
  doubledShare: fc.double({ min: 0, max: 0.1, noNaN: true }),
  lifeMs: fc.oneof(fc.constant(HOUR), fc.integer({ min: 5_000, max: 5 * MINUTE })),
  seed: fc.integer({ min: 1, max: 1_000_000 }),
  thenPerMinute: fc.integer({ min: 30, max: 2_000 }),
});

test("whatever happens at once, and whatever the limit becomes: nothing above the bound of the limit in force", async () => {
  await fc.assert(
    fc.asyncProperty(trouble, async ({ thenPerMinute, ...world }) => {
      const fleet = aFleet({ ...world, limit });
      await fleet.clock.advance(MINUTE);
      const changedMs = fleet.clock.monotonicMs();
      const { item } = await fleet.store.read(fleet.name);
      if (item !== undefined) {
        const next = { ...limit, requestsPerMinute: thenPerMinute, burstSize: 20 };
        const control = withLimit(item.control, { limit: next, by: "operator" }, fleet.clock.nowMs());
        await fleet.store.change(fleet.name, item.version, control);
      }
      await fleet.clock.advance(MINUTE);
      fleet.stop();
      const times = fleet.sends.map(({ atMs }) => atMs);
      // A clock that is off by more is put right to within a second by the store's answers.
      const skewMs = Math.min(1_000, world.skewMs);
      const before = times.filter((time) => time < changedMs);
      // A view may be a second old when a call starts by it.
      const after = times.filter((time) => time > changedMs + 1_100);
      expect(overshoot(before, { burst: 50, perMinute: 300, skewMs })).toBe(0);
      expect(overshoot(after, { burst: 20, perMinute: item === undefined ? 300 : thenPerMinute, skewMs })).toBe(0);
    }),
    { numRuns: 25, seed: 20261121 },
  );
});
