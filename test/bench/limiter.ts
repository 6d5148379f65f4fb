/** The fleet's limiter on a virtual clock, beside the two designs that are usual: a fixed window and leases of tokens. */
import { defaultRateLimit } from "../../services/contract/rate.ts";
import { aFleet } from "../limiter/fleet.ts";
import { overshoot, quantile } from "../limiter/windows.ts";
import { fixedWindow, type Measured, tokenLeases } from "./limiter-baselines.ts";
import { round } from "./process-usage.ts";

const WARM_UP_MS = 60_000;
const BASELINE_MS = 120_000;
const SKEW_MS = 100;
const TURN_MS = 5_000;
/** Active runs of the smallest fleets: enough to want more than the rate. */
const LEAST_RUNS = 200;
/**
 * What a row must keep. A fair wait is the one that all have when the rate goes round: demand by rate, less the time of a turn.
 * `fairness` is the longest wait by it, `waitP95` the wait that 95 % stay below by it.
 */
const BOUNDS = { utilisation: 0.98, overshoot: 0, writesPerCall: 1.5, fairness: 2, waitP95ByFair: 1.25 } as const;
const TOKENS = { input: 1_200, output: 300, estimate: 1_000 };

export type LimiterOptions = { readonly workers: readonly number[]; readonly minutes: number };

const runsOf = (workers: number): number => Math.max(1, Math.ceil(LEAST_RUNS / workers));
const fairWaitOf = (workers: number): number =>
  (workers * runsOf(workers) * 60_000) / defaultRateLimit.requestsPerMinute - TURN_MS;
/** Long enough that a wait above the bound would be seen. */
const spanFor = (workers: number): number => BOUNDS.fairness * fairWaitOf(workers);

async function ours(workers: number, spanMs: number): Promise<Measured> {
  const runsPerWorker = runsOf(workers);
  const options = { workers, runsPerWorker, limit: defaultRateLimit, turnMs: TURN_MS, skewMs: SKEW_MS, tokens: TOKENS };
  const fleet = aFleet(options);
  await fleet.clock.advance(WARM_UP_MS);
  const before = { writes: fleet.counts.writes, reads: fleet.counts.reads, sends: fleet.sends.length };
  await fleet.clock.advance(spanMs);
  const openWaits = fleet.openWaits();
  fleet.stop();
  return {
    sends: fleet.sends,
    openWaits,
    counted: fleet.sends.slice(before.sends),
    writes: fleet.counts.writes - before.writes,
    reads: fleet.counts.reads - before.reads,
  };
}

function rowOf(design: string, workers: number, spanMs: number, measured: Measured) {
  const { sends, counted, openWaits, writes, reads } = measured;
  const { requestsPerMinute, burstSize } = defaultRateLimit;
  const bound = { burst: burstSize, perMinute: requestsPerMinute, skewMs: SKEW_MS };
  const waits = counted.map((send) => send.waitMs);
  const fairWaitMs = fairWaitOf(workers);
  const waitP95 = quantile(waits, 0.95);
  const isLong = spanMs >= spanFor(workers);
  return {
    design,
    workers,
    runs: workers * runsOf(workers),
    seconds: spanMs / 1_000,
    utilisation: round(counted.length / ((spanMs / 60_000) * requestsPerMinute)),
    /** Calls above burst + rate x w + 2 x skew x rate + 1 in the worst window of 1, 10 or 60 s. */
    overshoot: overshoot(
      sends.map((send) => send.atMs),
      bound,
    ),
    writesPerCall: round(writes / counted.length),
    readsPerCall: round(reads / counted.length),
    fairWaitMs,
    /** Absent where the time was too short to see the waits of all. */
    fairness: isLong ? round(Math.max(...waits, ...openWaits) / fairWaitMs) : undefined,
    waitP95: isLong ? round(waitP95) : undefined,
    waitP95ByFair: isLong ? round(waitP95 / fairWaitMs) : undefined,
  };
}

type Row = ReturnType<typeof rowOf>;

const isKept = (row: Row): boolean =>
  row.utilisation >= BOUNDS.utilisation &&
  row.overshoot <= BOUNDS.overshoot &&
  row.writesPerCall <= BOUNDS.writesPerCall &&
  (row.fairness ?? Number.NaN) <= BOUNDS.fairness &&
  (row.waitP95ByFair ?? Number.NaN) <= BOUNDS.waitP95ByFair;

/** Fields of the last line: DESIGN "Commands that stay stable". Waits in milliseconds. */
export async function limiter({ workers, minutes }: LimiterOptions) {
  const leastMs = minutes * 60_000;
  const rows: Row[] = [];
  const baselines: Row[] = [];
  for (const count of workers) {
    process.stderr.write(`limiter: ${count} workers\n`);
    const spanMs = Math.max(leastMs, spanFor(count));
    rows.push(rowOf("slot reservation", count, spanMs, await ours(count, spanMs)));
    // The baselines poll: a shorter time tells as much and does not take minutes of CPU.
    const shortMs = Math.min(spanMs, BASELINE_MS);
    const world = {
      workers: count,
      runsPerWorker: runsOf(count),
      turnMs: TURN_MS,
      warmUpMs: WARM_UP_MS,
      spanMs: shortMs,
    };
    baselines.push(rowOf("fixed window", count, shortMs, await fixedWindow(world)));
    baselines.push(rowOf("token leases", count, shortMs, await tokenLeases(world)));
  }
  return {
    bench: "limiter",
    settings: { minutes, turnMs: TURN_MS, skewMs: SKEW_MS, limit: defaultRateLimit, tokens: TOKENS, ramp: "completed" },
    rows,
    baselines,
    bounds: BOUNDS,
    ok: rows.every(isKept),
  };
}
