/**
 * Two usual designs on the same virtual clock, with the same latency and demand. Fixed window: a counter for each minute, raised
 * before each call, the next try at the edge when it is full. Leases: a worker takes ten tokens from a bucket for five seconds, and
 * what it does not use by then is lost.
 */
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { seededChance } from "../../services/adapters/memory/seeded-chance.ts";
import { defaultRateLimit } from "../../services/contract/rate.ts";
import type { Send } from "../limiter/fleet.ts";

export type World = {
  readonly workers: number;
  readonly runsPerWorker: number;
  readonly turnMs: number;
  readonly warmUpMs: number;
  readonly spanMs: number;
};

/** All calls, those after the warm-up, waits that were not over at the end, and the store's writes and reads after the warm-up. */
export type Measured = {
  readonly sends: readonly Send[];
  readonly counted: readonly Send[];
  readonly openWaits: readonly number[];
  readonly writes: number;
  readonly reads: number;
};

const MINUTE_MS = 60_000;
const { requestsPerMinute: RPM, burstSize: BURST } = defaultRateLimit;
const LEASE = { tokens: 10, ms: 5_000, retryMs: 1_000 } as const;

type Tools = {
  readonly nowMs: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly fraction: () => number;
  /** One write to the store: latency before and after `act`. */
  write<T>(act: () => T): Promise<T>;
};

/** Runs that ask, call and ask again, on whatever lets each start. */
async function play(world: World, design: (tools: Tools) => (worker: number) => Promise<void>): Promise<Measured> {
  const clock = manualClock(Date.UTC(2026, 9, 1));
  const { fraction } = seededChance(1);
  const sends: Send[] = [];
  const asking = new Map<object, number>();
  let writes = 0;
  let over = false;
  const tools: Tools = {
    nowMs: () => clock.monotonicMs(),
    sleep: (ms) => clock.sleep(ms),
    fraction,
    write: async (act) => {
      writes++;
      await clock.sleep(2 + 6 * fraction());
      const result = act();
      await clock.sleep(2 + 6 * fraction());
      return result;
    },
  };
  const permit = design(tools);
  async function run(worker: number): Promise<void> {
    const me = {};
    await clock.sleep(100 * fraction());
    while (!over) {
      const askedMs = clock.monotonicMs();
      asking.set(me, askedMs);
      await permit(worker);
      asking.delete(me);
      const atMs = clock.monotonicMs();
      sends.push({ atMs, worker, waitMs: atMs - askedMs });
      await clock.sleep(world.turnMs * (0.5 + fraction()));
    }
  }
  for (let worker = 0; worker < world.workers; worker++) {
    for (let i = 0; i < world.runsPerWorker; i++) run(worker);
  }
  await clock.advance(world.warmUpMs);
  const before = { writes, sends: sends.length };
  await clock.advance(world.spanMs);
  over = true;
  const openWaits = [...asking.values()].map((sinceMs) => clock.monotonicMs() - sinceMs);
  return { sends, counted: sends.slice(before.sends), openWaits, writes: writes - before.writes, reads: 0 };
}

export const fixedWindow = (world: World): Promise<Measured> =>
  play(world, ({ nowMs, sleep, fraction, write }) => {
    const used = new Map<number, number>();
    const take = (window: number): boolean => {
      const count = used.get(window) ?? 0;
      if (count >= RPM) return false;
      used.set(window, count + 1);
      return true;
    };
    return async () => {
      for (;;) {
        const window = Math.floor(nowMs() / MINUTE_MS);
        if (await write(() => take(window))) return;
        await sleep(Math.max(0, (window + 1) * MINUTE_MS - nowMs()) + 50 * fraction());
      }
    };
  });

export const tokenLeases = (world: World): Promise<Measured> =>
  play(world, ({ nowMs, sleep, fraction, write }) => {
    const bucket = { level: BURST, atMs: 0 };
    const leases = new Map<number, { left: number; untilMs: number; renewing: Promise<void> | undefined }>();
    const grant = (): number => {
      bucket.level = Math.min(BURST, bucket.level + ((nowMs() - bucket.atMs) * RPM) / MINUTE_MS);
      bucket.atMs = nowMs();
      const tokens = Math.min(LEASE.tokens, Math.floor(bucket.level));
      bucket.level -= tokens;
      return tokens;
    };
    return async (worker) => {
      const lease = leases.get(worker) ?? { left: 0, untilMs: 0, renewing: undefined };
      leases.set(worker, lease);
      const renew = async () => {
        const tokens = await write(grant);
        if (tokens > 0) Object.assign(lease, { left: tokens, untilMs: nowMs() + LEASE.ms });
        else await sleep(LEASE.retryMs * (0.5 + fraction()));
        lease.renewing = undefined;
      };
      for (;;) {
        if (lease.left > 0 && nowMs() < lease.untilMs) {
          lease.left--;
          return;
        }
        lease.renewing ??= renew();
        await lease.renewing;
      }
    };
  });
