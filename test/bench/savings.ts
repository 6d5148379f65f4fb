/**
 * What each saving saves on the recorded workload, by the stand-in's own meter: first with none, then one after the other is
 * turned on, so that the lines add up. The answers of every pass are compared with those of the first.
 */
import { z } from "zod";
import { type RunView, runView } from "../../services/contract/http.ts";
import { type SavingName, savingName } from "../../services/contract/savings.ts";
import { readWorkload } from "./savings-workload.ts";
import { api, untilEnded } from "./submit.ts";
import { startTwin, type Twin } from "./twin.ts";

/** Runs of one submit: bodies stay below the limit. */
const BATCH = 20;
const BOUND_MS = 600_000;
/** The stand-in's batches take seconds, so that what is collected is sent soon and looked at soon. */
const SOON = { MUSTER_BATCH_COLLECT_MS: "1000", MUSTER_BATCH_POLL_MS: "1000" };
/** What the acceptance of the project asks for. */
const LEAST_SHARE = 0.6;

export type SavingsOptions = { readonly savings: readonly SavingName[]; readonly latency: string };

const tokens = z.record(z.string(), z.number());
const meter = z.object({
  totals: z.looseObject({
    completed: z.number(),
    aborted: z.number(),
    broken: z.number(),
    costMicroUsd: z.number(),
    unpriced: z.number(),
    usage: tokens,
  }),
});

/** What one pass over the workload came to. `outputs` are in the order of the workload. */
type Pass = {
  readonly spentMicroUsd: number;
  readonly shownMicroUsd: number;
  readonly calls: number;
  readonly usage: Readonly<Record<string, number>>;
  readonly succeeded: number;
  readonly outputs: readonly string[];
  readonly wallMs: number;
};

const submitted = z.object({ runs: z.array(runView) });

async function submitAll(twin: Twin, runs: readonly unknown[]): Promise<string[]> {
  const ids: string[] = [];
  for (let i = 0; i < runs.length; i += BATCH) {
    const answer = await api(twin, "/v1/runs", { runs: runs.slice(i, i + BATCH) });
    ids.push(...submitted.parse(answer).runs.map((run) => run.id));
  }
  return ids;
}

/** Spend is what the stand-in billed, whoever was billed for it; `shownMicroUsd` is what Muster says of its runs. */
async function pass(on: readonly SavingName[], runs: readonly unknown[], latency: string): Promise<Pass> {
  process.stderr.write(`savings: ${on.length === 0 ? "none" : on.join(", ")}\n`);
  const off = savingName.options.filter((name) => !on.includes(name));
  const twin = await startTwin(["--latency", latency], { ...SOON, MUSTER_SAVINGS_OFF: off.join(",") });
  try {
    const startedMs = performance.now();
    const ids = await submitAll(twin, runs);
    await untilEnded(twin, ids, BOUND_MS);
    const wallMs = Math.round(performance.now() - startedMs);
    const views: RunView[] = [];
    for (const id of ids) views.push(runView.parse(await api(twin, `/v1/runs/${id}`)));
    const { totals } = meter.parse(await (await fetch(`${twin.stubUrl}/_stub/calls?view=totals`)).json());
    if (totals.unpriced > 0) throw new Error(`${totals.unpriced} calls have no price`);
    return {
      spentMicroUsd: totals.costMicroUsd,
      shownMicroUsd: views.reduce((sum, view) => sum + view.cost.spentMicroUsd, 0),
      calls: totals.completed + totals.aborted + totals.broken,
      usage: totals.usage,
      succeeded: views.filter((view) => view.state === "SUCCEEDED").length,
      outputs: views.map((view) => JSON.stringify(view.output ?? null)),
      wallMs,
    };
  } finally {
    await twin.stop();
  }
}

/** Ten thousandths: some savings are small beside others. */
const share = (part: number, whole: number): number => Math.round((part / whole) * 10_000) / 10_000;

const differ = (a: Pass, b: Pass): number => a.outputs.filter((output, i) => output !== b.outputs[i]).length;

const isTrue = ({ spentMicroUsd, shownMicroUsd }: Pass): boolean => spentMicroUsd === shownMicroUsd;

const told = ({ outputs: _outputs, ...rest }: Pass) => rest;

/** Fields of the last line: DESIGN "Commands that stay stable". */
export async function savings({ savings: names, latency }: SavingsOptions) {
  const runs = readWorkload();
  const baseline = await pass([], runs, latency);
  const rows = [];
  let last = baseline;
  let { succeeded } = baseline;
  for (const [i, saving] of names.entries()) {
    const now = await pass(names.slice(0, i + 1), runs, latency);
    const savedMicroUsd = last.spentMicroUsd - now.spentMicroUsd;
    rows.push({
      saving,
      offMicroUsd: last.spentMicroUsd,
      onMicroUsd: now.spentMicroUsd,
      savedMicroUsd,
      /** Of what was spent without it, and of what is spent without any. */
      savedShare: share(savedMicroUsd, last.spentMicroUsd),
      shareOfBaseline: share(savedMicroUsd, baseline.spentMicroUsd),
      answersDiffer: differ(baseline, now),
    });
    succeeded = Math.min(succeeded, now.succeeded);
    last = now;
  }
  const savedShare = share(baseline.spentMicroUsd - last.spentMicroUsd, baseline.spentMicroUsd);
  return {
    bench: "savings",
    settings: { latency, runs: runs.length, savings: names, modelRateLimit: "unlimited" },
    baselineMicroUsd: baseline.spentMicroUsd,
    spentMicroUsd: last.spentMicroUsd,
    savedShare,
    answersDiffer: differ(baseline, last),
    rows,
    passes: { none: told(baseline), all: told(last) },
    /** What Muster shows is what was billed: nothing here is in doubt. */
    ok: savedShare >= LEAST_SHARE && succeeded === runs.length && [baseline, last].every(isTrue),
  };
}
