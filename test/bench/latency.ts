/** Submit accepted to first model request seen by the stub, on an idle system, one run after the other. */
import { z } from "zod";
import { runView } from "../../services/contract/http.ts";
import { round } from "./process-usage.ts";
import { api, untilEnded } from "./submit.ts";
import { startTwin, type Twin } from "./twin.ts";

const WARM_UP = 20;
const BOUND_MS = 60_000;
const INPUT = { turns: 1, turnMs: 0, chunks: 1, outputTokens: 8 };

const seen = z.object({ runs: z.array(z.looseObject({ firstArrivalMs: z.number() })) });

/** Wall clock with a fraction; the stub's is made alike, on the same machine. */
const nowMs = (): number => performance.timeOrigin + performance.now();

async function sample(twin: Twin): Promise<number> {
  const run = runView.parse(await api(twin, "/v1/runs", { agent: "rehearsal", input: INPUT }));
  const acceptedAtMs = nowMs();
  await untilEnded(twin, [run.id], BOUND_MS);
  const calls = seen.parse(await (await fetch(`${twin.stubUrl}/_stub/calls?run=${run.id}`)).json());
  const first = calls.runs[0];
  if (first === undefined) throw new Error(`the stub saw no call of ${run.id}`);
  return first.firstArrivalMs - acceptedAtMs;
}

const at = (sorted: readonly number[], share: number): number =>
  round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN);

export async function latency(options: { readonly samples: number }) {
  const twin = await startTwin(["--latency", "none"]);
  try {
    for (let i = 0; i < WARM_UP; i++) await sample(twin);
    const samples: number[] = [];
    for (let i = 0; i < options.samples; i++) samples.push(await sample(twin));
    samples.sort((a, b) => a - b);
    return {
      bench: "latency",
      settings: { ...options, stubLatency: "none", modelRateLimit: "unlimited" },
      samples: samples.length,
      p50Ms: at(samples, 0.5),
      p95Ms: at(samples, 0.95),
      maxMs: at(samples, 1),
      ok: true,
    };
  } finally {
    await twin.stop();
  }
}
