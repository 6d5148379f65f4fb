/** `muster plan`: what each scaling policy would do with traffic, and what it would cost, before it is deployed. */
import type { PlanOptions } from "../plan/options.ts";
import { type AddCommand, define, type Options } from "./define.ts";

export const plan: AddCommand = (program, context) => {
  define(program, {
    usage: "plan",
    summary: "try scaling policies on traffic: waiting times, cost, a report with charts",
    examples: [
      "plan --traffic reference-week --peak 10000 --model-rate 10000 --out plan",
      "plan --traffic submissions.csv --policy backlog,predictive",
      "plan --traffic reference-week --policy backlog --drought 30m",
      "export --out history.jsonl && npx muster plan --traffic history.jsonl",
    ],
  })
    .option(
      "--traffic <file|name>",
      "CSV or JSONL of submissions, or reference-week, baseline, peak, surge",
      "reference-week",
    )
    .option(
      "--policy <names>",
      "step, backlog, predictive, cloudwatch; several with commas",
      "step,backlog,predictive,cloudwatch",
    )
    .option("--peak <runs>", "named traffic: highest number of active runs")
    .option("--seed <n>", "named traffic and interruptions: the same seed gives the same plan", "1")
    .option("--profile <name>", "sizes of the pools: trial, small, standard, large, surge")
    .option("--fleet <file>", "JSON with pools, prices, boot times, policy settings (docs/capacity-planning.md)")
    .option("--model-rate <calls>", "model calls a minute that the fleet may make; absent: not bounded")
    .option("--calls <n>", "model calls of an active run in a minute (default: what the traffic says, else 1)")
    .option("--drought <time>", "no Spot machines for so long, from the busiest time on, such as 30m")
    .option("--controller-down <time>", "no controller for so long, from the busiest time on, such as 10m")
    .option("--no-kick", "decide every ten seconds only, not when a submission finds no slot")
    .option("--out <folder>", "write report.html, plan.json and pictures there")
    .action(async (options: Options<PlanOptions>) => {
      const { runPlan } = await import("../plan/run-plan.ts");
      await runPlan(context, options);
    });
};
