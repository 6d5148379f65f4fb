/** From the start command to the first finished run, in an empty data folder. */
import { runView } from "../../services/contract/http.ts";
import { round } from "./process-usage.ts";
import { api, untilEnded } from "./submit.ts";
import { startTwin } from "./twin.ts";

const BOUND_MS = 30_000;
const INPUT = { turns: 1, turnMs: 0, chunks: 1, outputTokens: 8 };

export async function start() {
  const startedMs = performance.now();
  const twin = await startTwin(["--latency", "none"]);
  try {
    const run = runView.parse(await api(twin, "/v1/runs", { agent: "rehearsal", input: INPUT }));
    const [view] = await untilEnded(twin, [run.id], BOUND_MS);
    const firstFinishedMs = round(performance.now() - startedMs);
    return {
      bench: "start",
      settings: { stubLatency: "none", modelRateLimit: "unlimited" },
      readyMs: round(twin.startMs),
      firstFinishedMs,
      ok: view?.state === "SUCCEEDED",
    };
  } finally {
    await twin.stop();
  }
}
