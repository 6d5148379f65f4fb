/**
 * A fleet in trouble: wrong clocks, deaths, lost answers and doubled writes at the same time. What a limiter cannot give back is counted
 * slot by slot: a booking that its worker knows nothing of, and what a worker held when it died. All the rest must be used.
 */
import { expect } from "vitest";
import { generousRateLimit } from "../../services/contract/rate.ts";
import { aFleet, type FleetOptions } from "./fleet.ts";
import { overshoot } from "./windows.ts";

const MINUTE = 60_000;
const RPM = 300;
export const limit = { ...generousRateLimit, requestsPerMinute: RPM, burstSize: 50 };

export type TroubledFleet = Pick<FleetOptions, "workers" | "runsPerWorker" | "seed" | "lifeMs" | "lostShare">;

/** Harm that no real fleet sees: every fiftieth answer lost, beside lives of minutes. */
export const harsh = (world: Omit<TroubledFleet, "lostShare">): TroubledFleet => ({ ...world, lostShare: 0.02 });

/** Four minutes after a warm-up. Shares are of what the limit allows in that time. */
export async function throughTrouble(world: TroubledFleet) {
  const fleet = aFleet({ ...world, limit, turnMs: 2_000, skewMs: 1_000, doubledShare: 0.005 });
  await fleet.clock.advance(2 * MINUTE);
  const before = { sends: fleet.sends.length, writes: fleet.counts.writes, ...fleet.wasted(), crashes: fleet.crashes };
  await fleet.clock.advance(4 * MINUTE);
  const after = fleet.wasted();
  fleet.stop();
  const sent = fleet.sends.length - before.sends;
  const times = fleet.sends.map(({ atMs }) => atMs);
  return {
    used: sent / (4 * RPM),
    lost: (after.lost - before.lost) / (4 * RPM),
    stranded: (after.stranded - before.stranded) / (4 * RPM),
    strandedSlots: after.stranded - before.stranded,
    crashes: fleet.crashes - before.crashes,
    writesPerCall: (fleet.counts.writes - before.writes) / sent,
    overshoot: overshoot(times, { burst: 50, perMinute: RPM, skewMs: 1_000 }),
  };
}

/** The bound, the cost, and: every slot is used, or is one that went with its worker or with its answer. */
export function expectAllAccounted(result: Awaited<ReturnType<typeof throughTrouble>>): void {
  expect(result.overshoot).toBe(0);
  expect(result.writesPerCall).toBeLessThanOrEqual(1.5);
  expect(result.used + result.lost + result.stranded).toBeGreaterThanOrEqual(0.98);
  // A worker holds one booking at a time, of one slot at this rate.
  expect(result.strandedSlots).toBeLessThanOrEqual(result.crashes);
}
