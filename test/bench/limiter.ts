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
const TOKENS = { input: 1_200, output: 300, estimate: 1_000 };

export type LimiterOptions = { readonly workers: readonly number[]; readonly minutes: number };

const runsOf = (workers: number): number => Math.max(1, Math.ceil(LEAST_RUNS / workers));

async function ours(workers: number, spanMs: number): Promise<Measured> {
  const runsPerWorker = runsOf(workers);
  const options = { workers, runsPerWorker, limit: defaultRateLimit, turnMs: TURN_MS, skewMs: SKEW_MS, tokens: TOKENS };
  const fleet = aFleet(options);
  await fleet.clock.advance(WARM_UP_MS);
  const before = { writes: fleet.counts.writes, reads: fleet.counts.reads, sends: fleet.sends.length };
  await fleet.clock.advance(spanMs);
  fleet.stop();
  return {
    sends: fleet.sends,
    counted: fleet.sends.slice(before.sends),
    writes: fleet.counts.writes - before.writes,
    reads: fleet.counts.reads - before.reads,
  };
}

function rowOf(design: string, workers: number, spanMs: number, { sends, counted, writes, reads }: Measured) {
  const { requestsPerMinute, burstSize } = defaultRateLimit;
  const bound = { burst: burstSize, perMinute: requestsPerMinute, skewMs: SKEW_MS };
  const waits = counted.map((send) => send.waitMs);
  const meanWaitMs = waits.reduce((sum, wait) => sum + wait, 0) / waits.length;
  return {
    design,
    workers,
    runs: workers * runsOf(workers),
    utilisation: round(counted.length / ((spanMs / 60_000) * requestsPerMinute)),
    /** Calls above burst + rate x w + 2 x skew x rate + 1 in the worst window of 1, 10 or 60 s. */
    overshoot: overshoot(
      sends.map((send) => send.atMs),
      bound,
    ),
    writesPerCall: round(writes / counted.length),
    readsPerCall: round(reads / counted.length),
    /** Longest wait by the mean wait. */
    fairness: round(Math.max(...waits) / meanWaitMs),
    waitP95: round(quantile(waits, 0.95)),
  };
}

/** Fields of the last line: DESIGN "Commands that stay stable". Waits in milliseconds. */
export async function limiter({ workers, minutes }: LimiterOptions) {
  const spanMs = minutes * 60_000;
  const rows: ReturnType<typeof rowOf>[] = [];
  const baselines: ReturnType<typeof rowOf>[] = [];
  for (const count of workers) {
    process.stderr.write(`limiter: ${count} workers\n`);
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
    ok: rows.every((row) => row.utilisation >= 0.98 && row.overshoot === 0 && row.writesPerCall <= 1.5),
  };
}
