/** Submitting rehearsals and reading what became of them, over HTTP as a user does. */
import { z } from "zod";
import { type RunView, runView } from "../../services/contract/http.ts";
import type { Twin } from "./twin.ts";

export type Rehearsal = {
  readonly turns: number;
  readonly turnMs: number;
  readonly chunks: number;
  readonly outputTokens: number;
};

const BATCH = 100;
const CALL_MS = 60_000;

export async function api(twin: Twin, path: string, body?: unknown): Promise<unknown> {
  const answer = await fetch(twin.url + path, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${twin.apiKey}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(CALL_MS),
  });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}

const runs = z.object({ runs: z.array(runView) });

const PARALLEL = 2;

/** Submits `count` rehearsals, `PARALLEL` batches of 100 at a time; gives the ids. */
export async function submitRehearsals(twin: Twin, count: number, input: Rehearsal): Promise<string[]> {
  const sizes = Array.from({ length: Math.ceil(count / BATCH) }, (_, i) => Math.min(BATCH, count - i * BATCH));
  const ids: string[] = [];
  const one = async () => {
    for (let size = sizes.shift(); size !== undefined; size = sizes.shift()) {
      const body = { runs: Array.from({ length: size }, () => ({ agent: "rehearsal", input })) };
      ids.push(...runs.parse(await api(twin, "/v1/runs", body)).runs.map((run) => run.id));
    }
  };
  await Promise.all(Array.from({ length: PARALLEL }, one));
  return ids;
}

/** The runs as they are now. */
export async function readRuns(twin: Twin, ids: readonly string[]): Promise<RunView[]> {
  const views: RunView[] = [];
  for (let i = 0; i < ids.length; i += BATCH) {
    const page = await api(twin, `/v1/runs?ids=${ids.slice(i, i + BATCH).join(",")}`);
    views.push(...runs.parse(page).runs);
  }
  return views;
}

const totals = z.object({ totals: z.looseObject({ completed: z.number(), limited: z.number() }) });
const POLL_MS = 100;

/** What the stub has answered so far, and what it refused by its rate limit. */
export async function stubCalls(twin: Twin): Promise<z.infer<typeof totals>["totals"]> {
  return totals.parse(await (await fetch(`${twin.stubUrl}/_stub/calls?view=totals`)).json()).totals;
}

/** Waits until the stub has answered `calls` calls; the stub is asked because that costs the system nothing. */
export async function untilCalls(twin: Twin, calls: number, boundMs: number): Promise<void> {
  const endMs = performance.now() + boundMs;
  while (performance.now() < endMs) {
    if ((await stubCalls(twin)).completed >= calls) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`the stub has not answered ${calls} calls within ${boundMs} ms`);
}

const OPEN = new Set(["QUEUED", "RUNNING"]);

/** Waits until all runs have ended; for use after `untilCalls`, when only last commits are missing. */
export async function untilEnded(twin: Twin, ids: readonly string[], boundMs: number): Promise<RunView[]> {
  const endMs = performance.now() + boundMs;
  while (performance.now() < endMs) {
    const views = await readRuns(twin, ids);
    if (views.every((view) => !OPEN.has(view.state))) return views;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`not all runs have ended within ${boundMs} ms`);
}
