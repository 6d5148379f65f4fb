/** 2,000 runs of 2 turns at zero stub latency, beside what the stand-ins alone allow. */
import { cpuPerRun, round, usageByRole } from "./process-usage.ts";
import { runStandIns } from "./stand-ins.ts";
import { submitRehearsals, untilCalls, untilEnded } from "./submit.ts";
import { startTwin } from "./twin.ts";

const TURNS = 2;
const BOUND_MS = 300_000;
const WARM_UP = 100;
const SHORT = { turns: TURNS, turnMs: 0, chunks: 1, outputTokens: 8 };

export type ThroughputOptions = { readonly runs: number; readonly workers: number; readonly slots: number };

async function ours({ runs, workers, slots }: ThroughputOptions) {
  const twin = await startTwin(["--latency", "none", "--workers", String(workers), "--slots", String(slots)]);
  try {
    await untilEnded(twin, await submitRehearsals(twin, WARM_UP, SHORT), BOUND_MS);
    const before = await usageByRole(twin.pids);
    const startedAtMs = Date.now();
    const ids = await submitRehearsals(twin, runs, SHORT);
    const submittedMs = Date.now() - startedAtMs;
    await untilCalls(twin, (WARM_UP + runs) * TURNS, BOUND_MS);
    const after = await usageByRole(twin.pids);
    const views = await untilEnded(twin, ids, BOUND_MS);
    const endedAtMs = Math.max(...views.map((view) => Date.parse(view.endedAt ?? "")));
    return {
      succeeded: views.filter((view) => view.state === "SUCCEEDED").length,
      submittedMs,
      runsPerSecond: round((runs * 1_000) / (endedAtMs - startedAtMs)),
      cpuMsPerRun: cpuPerRun(before, after, runs),
    };
  } finally {
    await twin.stop();
  }
}

/** Fields of the last line: DESIGN "Commands that stay stable". */
export async function throughput(options: ThroughputOptions) {
  const measured = await ours(options);
  const alone = await runStandIns(options.runs, TURNS);
  return {
    bench: "throughput",
    settings: { ...options, turns: TURNS, stubLatency: "none", modelRateLimit: "unlimited" },
    runs: options.runs,
    ...measured,
    standInsRunsPerSecond: alone.runsPerSecond,
    standInsCpuMsPerRun: alone.cpuMsPerRun,
    share: round(measured.runsPerSecond / alone.runsPerSecond),
    ok: measured.succeeded === options.runs,
  };
}
