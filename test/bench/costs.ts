/**
 * What Muster shows as costs beside the meter of the stand-in, which has a price table of its own: mixed calls through real
 * processes, some broken off, and a worker killed in the middle. Everything is compared to the micro-dollar.
 */
import { z } from "zod";
import { costReport } from "../../services/contract/cost-view.ts";
import type { RunView } from "../../services/contract/http.ts";
import { breakSome, claimsInput, mixedRuns, submitMixed } from "./costs-workload.ts";
import { api, untilCalls, untilEnded } from "./submit.ts";
import { startTwin, type Twin } from "./twin.ts";

const BOUND_MS = 900_000;
/** By then what a killed worker left undone is booked. */
const BOOKS_MS = 60_000;
const POLL_MS = 1_000;

const turnMeter = z.looseObject({ started: z.int(), completed: z.int(), costMicroUsd: z.int(), unpriced: z.int() });
const meter = z.object({
  totals: turnMeter,
  runs: z.array(z.object({ runId: z.string(), turns: z.array(turnMeter) })),
});
type Meter = z.infer<typeof meter>;

export type CostsOptions = { readonly calls: number; readonly kill: boolean };

/** A run that was submitted, as it ended. */
type Ended = { readonly run: object | undefined; readonly view: RunView };

/** A run whose cost is not what was billed for it; with calls in doubt, one that is not within what they may have cost. */
function wrongOf({ run, view }: Ended, billedMicroUsd: number): string | undefined {
  const { spentMicroUsd: spent, possibleMicroUsd: possible } = view.cost;
  const most = view.turnsInDoubt > 0 && claimsInput(run) ? Number.POSITIVE_INFINITY : spent + possible;
  const isRight =
    view.turnsInDoubt === 0 ? spent === billedMicroUsd : spent <= billedMicroUsd && billedMicroUsd <= most;
  return isRight ? undefined : `${view.id}: spent ${spent}, possible ${possible}, billed ${billedMicroUsd}`;
}

const sumOf = (views: readonly RunView[], field: "spentMicroUsd" | "possibleMicroUsd" | "savedMicroUsd"): number =>
  views.reduce((sum, { cost }) => sum + cost[field], 0);

/** Asks until the books have everything, or the bound is over: then what they say is what is compared. */
async function settledCosts(twin: Twin, views: readonly RunView[]) {
  const untilMs = performance.now() + BOOKS_MS;
  for (;;) {
    const { total, rows } = costReport.parse(await api(twin, "/v1/costs?by=agent,model"));
    const isThere = total.spentMicroUsd === sumOf(views, "spentMicroUsd");
    const isAll = isThere && total.possibleMicroUsd === sumOf(views, "possibleMicroUsd");
    if (isAll || performance.now() > untilMs) return { total, rows };
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function killOne(twin: Twin): Promise<void> {
  const [pid] = twin.pids.worker ?? [];
  if (pid === undefined) throw new Error("the twin has no worker");
  process.kill(pid, "SIGKILL");
}

const readMeter = async (twin: Twin): Promise<Meter> =>
  meter.parse(await (await fetch(`${twin.stubUrl}/_stub/calls`)).json());

function compare(ended: readonly Ended[], read: Meter) {
  const views = ended.map(({ view }) => view);
  const billed = new Map(
    read.runs.map(({ runId, turns }) => [runId, turns.reduce((sum, turn) => sum + turn.costMicroUsd, 0)]),
  );
  const sure = views.filter((view) => view.turnsInDoubt === 0);
  return {
    meterMicroUsd: read.totals.costMicroUsd,
    unpriced: read.totals.unpriced,
    runsInDoubt: views.length - sure.length,
    wrong: ended.flatMap((one) => wrongOf(one, billed.get(one.view.id) ?? 0) ?? []),
    /** Of the runs without a call in doubt: the meter's sum and ours are one number. */
    exact: [sumOf(sure, "spentMicroUsd"), sure.reduce((sum, { id }) => sum + (billed.get(id) ?? 0), 0)] as const,
  };
}

/** Fields of the last line. `ok`: the costs that Muster shows, the sum of its runs and the meter agree. */
export async function costs({ calls, kill }: CostsOptions) {
  const twin = await startTwin(["--latency", "none", "--workers", "2", "--slots", "100"]);
  try {
    await breakSome(twin);
    const startedAtMs = performance.now();
    const runs = mixedRuns(calls);
    const ids = await submitMixed(twin, runs);
    await untilCalls(twin, Math.floor(calls / 2), BOUND_MS);
    if (kill) await killOne(twin);
    const views = await untilEnded(twin, ids, BOUND_MS);
    const { total, rows } = await settledCosts(twin, views);
    const read = await readMeter(twin);
    const runOf = new Map(ids.map((id, i) => [id, runs[i]]));
    const ended = views.map((view) => ({ view, run: runOf.get(view.id) }));
    const compared = compare(ended, read);
    const spent = sumOf(views, "spentMicroUsd");
    const shown = [total.spentMicroUsd, total.possibleMicroUsd, total.savedMicroUsd];
    const ofRuns = [spent, sumOf(views, "possibleMicroUsd"), sumOf(views, "savedMicroUsd")];
    return {
      bench: "costs",
      settings: { calls, kill },
      calls: read.totals.started,
      runs: views.length,
      seconds: Math.round((performance.now() - startedAtMs) / 1_000),
      shown: { spentMicroUsd: shown[0], possibleMicroUsd: shown[1], savedMicroUsd: shown[2] },
      ofRuns: { spentMicroUsd: ofRuns[0], possibleMicroUsd: ofRuns[1], savedMicroUsd: ofRuns[2] },
      ...compared,
      rows: rows.map(({ agent, model, calls: all, spentMicroUsd }) => ({ agent, model, calls: all, spentMicroUsd })),
      ends: Object.fromEntries(
        [...Map.groupBy(views, ({ state }) => state)].map(([state, all]) => [state, all.length]),
      ),
      ok:
        shown.every((sum, i) => sum === ofRuns[i]) &&
        compared.exact[0] === compared.exact[1] &&
        compared.wrong.length === 0 &&
        compared.unpriced === 0,
    };
  } finally {
    await twin.stop();
  }
}
