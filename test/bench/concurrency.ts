/** Many runs active at once in one worker: completion against the ideal, peak memory by process. */
import { z } from "zod";
import { fleetView } from "../../services/contract/http.ts";
import { cpuPerRun, round, usageByRole } from "./process-usage.ts";
import { api, submitRehearsals, untilCalls, untilEnded } from "./submit.ts";
import { startTwin, type Twin } from "./twin.ts";

const TURNS = 3;
const CHUNKS = 20;
const LOOK_MS = 1_000;

export type ConcurrencyOptions = { readonly runs: number; readonly turnSeconds: number; readonly workers: number };

/** The most runs that heartbeats said were active at once, looked at every second until told to stop. */
async function watchPeak(twin: Twin, stop: AbortSignal): Promise<number> {
  let peak = 0;
  while (!stop.aborted) {
    peak = Math.max(peak, fleetView.parse(await api(twin, "/v1/fleet")).active);
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return peak;
}

const open = z.looseObject({ totals: z.looseObject({ peakOpen: z.number().optional() }) });

export async function concurrency(options: ConcurrencyOptions) {
  const { runs, turnSeconds, workers } = options;
  const idealMs = TURNS * turnSeconds * 1_000;
  const boundMs = idealMs * 3 + 120_000;
  const slots = Math.ceil(runs / workers);
  const twin = await startTwin(["--latency", "none", "--workers", String(workers), "--slots", String(slots)]);
  const stop = new AbortController();
  try {
    const before = await usageByRole(twin.pids);
    const input = { turns: TURNS, turnMs: turnSeconds * 1_000, chunks: CHUNKS, outputTokens: 200 };
    const peak = watchPeak(twin, stop.signal);
    const ids = await submitRehearsals(twin, runs, input);
    await untilCalls(twin, runs * TURNS, boundMs);
    const views = await untilEnded(twin, ids, boundMs);
    stop.abort();
    const after = await usageByRole(twin.pids);
    const stub = open.parse(await (await fetch(`${twin.stubUrl}/_stub/calls?view=totals`)).json());
    const firstClaimMs = Math.min(...views.map((view) => Date.parse(view.startedAt ?? view.createdAt)));
    const lastEndMs = Math.max(...views.map((view) => Date.parse(view.endedAt ?? "")));
    const succeeded = views.filter((view) => view.state === "SUCCEEDED").length;
    const actualMs = lastEndMs - firstClaimMs;
    return {
      bench: "concurrency",
      settings: { ...options, turns: TURNS, chunks: CHUNKS, slots, modelRateLimit: "unlimited" },
      runs,
      succeeded,
      idealMs,
      actualMs,
      timesIdeal: round(actualMs / idealMs),
      peakActive: await peak,
      peakOpenCalls: stub.totals.peakOpen,
      peakRssBytes: Object.fromEntries(Object.entries(after).map(([role, one]) => [role, one.peakRssBytes])),
      sumRssMiB: Math.round(Object.values(after).reduce((sum, one) => sum + one.peakRssBytes, 0) / 2 ** 20),
      cpuMsPerRun: cpuPerRun(before, after, runs),
      ok: succeeded === runs,
    };
  } finally {
    stop.abort();
    await twin.stop();
  }
}
