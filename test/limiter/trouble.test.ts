/** Small fleets in trouble; large ones are in `long/`. Seeds are fixed. */
import { expect, test } from "vitest";
import { expectAllAccounted, harsh, throughTrouble } from "./trouble.ts";

const MINUTE = 60_000;

test.each([
  { workers: 10, runsPerWorker: 20, lifeMs: 2 * MINUTE, seed: 1 },
  { workers: 100, runsPerWorker: 2, lifeMs: 5 * MINUTE, seed: 3 },
])(
  "$workers workers with wrong clocks, deaths and lost answers: every slot is used, or went with its worker or answer",
  async (world) => {
    const result = await throughTrouble(harsh(world));
    expect(result.crashes).toBeGreaterThan(10);
    expectAllAccounted(result);
  },
);

test("10 workers that live for half an hour, every thousandth answer lost: 98 % and more are used", async () => {
  const result = await throughTrouble({
    workers: 10,
    runsPerWorker: 20,
    lifeMs: 30 * MINUTE,
    lostShare: 0.001,
    seed: 6,
  });
  expectAllAccounted(result);
  expect(result.crashes).toBeGreaterThan(0);
  expect(result.used).toBeGreaterThanOrEqual(0.98);
});
