/** The load test: so many runs at once, then what became of them against the specification's targets. */
import { submitRun } from "../../contract/http.ts";
import { HOUR } from "../../contract/units.ts";
import { type LoadReport, loadReport } from "../../core/load-report.ts";
import { connect } from "../connect.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { CliFailure, UsageFailure } from "../failure.ts";
import { atStack } from "../stack/installation.ts";
import { makeTally } from "../submit/progress.ts";
import { showProgress } from "../submit/show-progress.ts";
import { outputFor } from "../terminal/output.ts";
import { duration, parseDuration, parseUsd, usd } from "../terminal/units.ts";
import { loadRuns } from "./load-runs.ts";

/** Flags as commander hands them over. */
export type LoadOptions = GlobalOptions & {
  readonly runs: string;
  readonly concurrent: string;
  readonly turns: string;
  readonly turnMs: string;
  readonly for: string;
  readonly budgetUsd: string;
};

/** Most that one command starts and keeps open: it is a test, and each run of it may cost money. */
const RUNS_MAX = 100_000;
const CONCURRENT_MAX = 10_000;
/** What each turn writes; enough to stream, and cheap. */
const SHAPE = { chunks: 10, outputTokens: 50 } as const;

function whole(flag: string, text: string, most: number, least = 1): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new UsageFailure(`--${flag} "${text}"`, `give a whole number from ${least} to ${most}`);
}

/** The load that the flags ask for. Throws `UsageFailure`. */
function loadOf(options: LoadOptions, key: string) {
  const forMs = parseDuration(options.for);
  if (forMs === undefined || forMs > HOUR)
    throw new UsageFailure(`--for "${options.for}"`, "give a time up to 1h, such as 10m");
  const budgetMicroUsd = parseUsd(options.budgetUsd);
  if (budgetMicroUsd === undefined)
    throw new UsageFailure(`--budget-usd "${options.budgetUsd}"`, "give an amount such as 0.01");
  const input = {
    turns: whole("turns", options.turns, 100),
    turnMs: whole("turn-ms", options.turnMs, 60_000, 0),
    ...SHAPE,
  };
  return {
    runs: whole("runs", options.runs, RUNS_MAX),
    concurrent: whole("concurrent", options.concurrent, CONCURRENT_MAX),
    run: submitRun.parse({ agent: "rehearsal", input, budgetMicroUsd }),
    forMs,
    budgetMicroUsd,
    key,
  };
}

const time = (ms: number | undefined): string => (ms === undefined ? "unknown" : duration(ms));
const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** For people. */
function reportText(report: LoadReport & { readonly peakOpen: number }): string {
  const rows: readonly (readonly [string, string])[] = [
    [
      "runs",
      `${report.succeeded} of ${report.runs} with a result, ${report.failed} failed, ${report.unfinished} unfinished`,
    ],
    ["at once", `at most ${report.peakOpen}`],
    ["response", `P50 ${time(report.p50Ms)}, P95 ${time(report.p95Ms)}, P99 ${time(report.p99Ms)}`],
    ["waiting", `P95 ${time(report.waitP95Ms)}`],
    ["throughput", `${report.runsPerSecond.toFixed(1)} runs/s over ${duration(report.wallMs)}`],
    ["cost", usd(report.costMicroUsd)],
    ...report.targets.map(({ name, value, below, met }) => {
      const shown = name === "p95Ms" ? [time(value), time(below)] : [percent(value ?? 1), percent(below)];
      const what = name === "p95Ms" ? "P95 of the response" : "errors";
      return ["target", `${met ? "met" : "MISSED"}: ${what} ${shown[0]}, to be below ${shown[1]}`] as const;
    }),
  ];
  return rows.map(([name, text]) => `${name.padEnd(11)} ${text}`).join("\n");
}

/** The command. Throws `CliFailure` (`targets-missed`) when a target is not met; the JSON result is printed by then. */
export async function loadTest(context: CliContext, given: LoadOptions): Promise<void> {
  const load = loadOf(given, `load-${context.chance.id()}`);
  const options = await atStack(context, given);
  const client = connect(context, options);
  const output = outputFor(context, options);
  output.note(
    `${load.runs} runs, ${load.concurrent} at once, for ${duration(load.forMs)} at most; with Claude itself at most ${usd(load.runs * load.budgetMicroUsd)}`,
  );
  const startMs = context.clock.monotonicMs();
  const tally = makeTally(load.runs, startMs);
  const stop = showProgress(context, () => tally.progress(context.clock.monotonicMs()));
  const loaded = await loadRuns(client, load, tally).finally(stop);
  const wallMs = Math.round(context.clock.monotonicMs() - startMs);
  const report = { ...loadReport(loaded.ends, { unfinished: loaded.unfinished, wallMs }), peakOpen: loaded.peakOpen };
  output.say(reportText(report));
  const missed = report.targets.filter(({ met }) => !met).map(({ name }) => name);
  output.result({ ok: missed.length === 0, ...report });
  if (missed.length > 0)
    throw new CliFailure("targets-missed", `missed: ${missed.join(", ")}`, {
      fix: "npx muster status says what waits; too few slots and a low rate limit are the usual reasons",
      reported: true,
    });
}
