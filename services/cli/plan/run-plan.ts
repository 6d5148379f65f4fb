/** Runs a plan: progress on stderr, tables or JSON on stdout, a report where one is asked for. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { plannerBounds } from "../../planner/bounds.ts";
import { type PlanResult, planCapacity } from "../../planner/plan.ts";
import { adviceText } from "../../planner/report/advice-text.ts";
import { planJson } from "../../planner/report/json.ts";
import { disturbanceRows, planRows, policyRows, poolRows, type Rows } from "../../planner/report/rows.ts";
import { whole } from "../../planner/report/words.ts";
import type { CliContext, GlobalOptions } from "../context.ts";
import { CliFailure } from "../failure.ts";
import { outputFor } from "../terminal/output.ts";
import { table } from "../terminal/table.ts";
import { type PlanOptions, readRequest } from "./options.ts";

const SAY_EVERY_MS = 2_000;

const tableOf = ({ titles, cells }: Rows): string =>
  table(
    titles.map((title, i) => ({
      title,
      cell: (row: readonly string[]) => row[i] ?? "",
      align: i === 0 ? "left" : "right",
    })),
    cells,
  );

/** Plays all policies, hearing Ctrl-C and the bound between simulated days. */
async function play(context: CliContext, options: PlanOptions): Promise<PlanResult> {
  const { clock, signal, stderr } = context;
  const startMs = clock.monotonicMs();
  const playing = planCapacity(readRequest(context, options));
  let saidMs = startMs;
  for (;;) {
    const step = playing.next();
    if (step.done === true) return step.value;
    const nowMs = clock.monotonicMs();
    if (nowMs - startMs > plannerBounds.planMs) {
      throw new CliFailure("too-slow", `the plan took more than ${plannerBounds.planMs / 60_000} min`, {
        fix: "plan for less traffic, or for fewer policies",
      });
    }
    if (nowMs - saidMs >= SAY_EVERY_MS) {
      saidMs = nowMs;
      stderr.write(`${step.value.policy}: ${Math.round(step.value.part * 100)} %\n`);
    }
    await clock.sleep(0, signal);
    if (signal.aborted) throw new CliFailure("interrupted", "interrupted");
  }
}

async function write(folder: string, result: PlanResult): Promise<string> {
  const { reportHtml } = await import("../../planner/report/html.ts");
  const { reportPictures } = await import("../../planner/report/pictures.ts");
  mkdirSync(join(folder, "pictures"), { recursive: true });
  for (const [name, svg] of Object.entries(reportPictures(result))) writeFileSync(join(folder, "pictures", name), svg);
  const report = join(folder, "report.html");
  writeFileSync(report, reportHtml(result));
  writeFileSync(join(folder, "plan.json"), `${JSON.stringify(planJson(result), undefined, 2)}\n`);
  return report;
}

/** `muster plan`. Throws `UsageFailure` for options and files that are wrong. */
export async function runPlan(context: CliContext, options: PlanOptions & GlobalOptions): Promise<void> {
  const output = outputFor(context, options);
  const result = await play(context, options);
  const { traffic } = result.request;
  output.say(`${traffic.name}: ${whole(traffic.atMs.length)} runs, ${whole(result.peakRuns)} at once\n`);
  output.say(tableOf(policyRows(result)));
  output.say(`\nUSD a month, by pool\n${tableOf(poolRows(result))}`);
  const disturbances = disturbanceRows(result);
  if (disturbances !== undefined) output.say(`\nDisturbed\n${tableOf(disturbances)}`);
  output.say(`\nThe specification's plans at today's prices, USD a month\n${tableOf(planRows(result))}\n`);
  for (const { about, text } of adviceText(result)) output.say(`${about}: ${text}`);
  const report = options.out === undefined ? undefined : await write(resolve(context.cwd, options.out), result);
  if (report !== undefined) output.say(`\nreport: ${report}`);
  output.result({ ...planJson(result), report });
}
