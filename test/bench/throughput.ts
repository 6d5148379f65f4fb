/**
 * 2,000 runs of 2 turns at zero stub latency, beside what the stand-ins alone allow. Each call has a permit of the fleet's limiter
 * either way; `limitPerMinute` sets a real limit, which the stand-in for Claude enforces and tells of in its headers.
 */
import { limiterWrites } from "./limiter-writes.ts";
import { cpuPerRun, round, usageByRole } from "./process-usage.ts";
import { runStandIns } from "./stand-ins.ts";
import { stubCalls, submitRehearsals, untilCalls, untilEnded } from "./submit.ts";
import { startTwin, type Twin } from "./twin.ts";

const TURNS = 2;
const BOUND_MS = 300_000;
const WARM_UP = 100;
const SHORT = { turns: TURNS, turnMs: 0, chunks: 1, outputTokens: 8 };

/** Tokens a minute that no machine reaches, so that requests are the limit. */
const TOKENS = "1000000000";

export type ThroughputOptions = {
  readonly runs: number;
  readonly workers: number;
  readonly slots: number;
  /** Requests a minute; undefined: the stand-in for Claude has no limit. */
  readonly limitPerMinute: number | undefined;
};

const limitFlags = (perMinute: number | undefined): string[] =>
  perMinute === undefined ? [] : ["--rpm", String(perMinute), "--itpm", TOKENS, "--otpm", TOKENS];

/** The runs through a twin of their own. Calls and the limiter's writes are counted from its start to its end. */
async function ours({ runs, workers, slots, limitPerMinute }: ThroughputOptions) {
  const writes = await limiterWrites();
  const flags = ["--latency", "none", "--workers", String(workers), "--slots", String(slots)];
  const twin = await startTwin([...flags, ...limitFlags(limitPerMinute)], writes.env);
  const measured = await measure(twin, runs).finally(() => twin.stop());
  const limiterWritten = await writes.count();
  return { ...measured, limiterWrites: limiterWritten, writesPerCall: round(limiterWritten / measured.calls) };
}

async function measure(twin: Twin, runs: number) {
  await untilEnded(twin, await submitRehearsals(twin, WARM_UP, SHORT), BOUND_MS);
  const before = await usageByRole(twin.pids);
  const startedAtMs = Date.now();
  const ids = await submitRehearsals(twin, runs, SHORT);
  const submittedMs = Date.now() - startedAtMs;
  await untilCalls(twin, (WARM_UP + runs) * TURNS, BOUND_MS);
  const after = await usageByRole(twin.pids);
  const views = await untilEnded(twin, ids, BOUND_MS);
  const endedAtMs = Math.max(...views.map((view) => Date.parse(view.endedAt ?? "")));
  const { completed, limited } = await stubCalls(twin);
  return {
    calls: completed,
    limited,
    succeeded: views.filter((view) => view.state === "SUCCEEDED").length,
    submittedMs,
    runsPerSecond: round((runs * 1_000) / (endedAtMs - startedAtMs)),
    cpuMsPerRun: cpuPerRun(before, after, runs),
  };
}

/** Fields of the last line: DESIGN "Commands that stay stable". */
export async function throughput(options: ThroughputOptions) {
  const { limitPerMinute } = options;
  const measured = await ours(options);
  const alone = await runStandIns(options.runs, TURNS);
  return {
    bench: "throughput",
    settings: {
      ...options,
      turns: TURNS,
      stubLatency: "none",
      modelRateLimit: limitPerMinute === undefined ? "unlimited" : `${limitPerMinute} requests/min`,
    },
    runs: options.runs,
    ...measured,
    standInsRunsPerSecond: alone.runsPerSecond,
    standInsCpuMsPerRun: alone.cpuMsPerRun,
    share: round(measured.runsPerSecond / alone.runsPerSecond),
    // Every call was let through by a booking, and no limit was met: else the figure is of something else.
    ok: measured.succeeded === options.runs && measured.limiterWrites > 0 && measured.limited === 0,
  };
}
