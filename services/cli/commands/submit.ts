/** `muster submit`: one run, or a file of them. */
import { Option } from "commander";
import type { SubmitOptions } from "../submit/options.ts";
import { type AddCommand, define } from "./define.ts";

const lines = `
A line of --file is either the input itself, or, when it has the key "input", a run:
  {"input": ..., "agent": "research", "lane": "low", "budgetMicroUsd": 50000, "timeoutMs": 60000, "deadlineMs": 600000}
Keys that a line leaves out are those of the flags. An input that has a key "input" of its own is written as such a run.
{"$file": "path"} anywhere in an input stands for the text of that file, relative to the file that it stands in.
Requests are repeated when the API is busy or away; with the same --idempotency-key the same command can be run again and
gives the same runs.`;

export const submit: AddCommand = (program, context) => {
  define(program, {
    usage: "submit",
    summary: "submit one run or a file of runs",
    examples: [
      `submit --agent summarize --input '{"text":"..."}' --wait`,
      "submit --agent research --file examples/questions.jsonl --wait --out answers.jsonl",
      "submit --agent research --file - --lane low --budget-usd 0.05 --json < questions.jsonl",
    ],
  })
    .option("--agent <name>", "agent to run (npx muster agents lists them)")
    .option("--input <json>", "input of one run")
    .option("--input-file <file>", "file with the input of one run; - is stdin")
    .option("--file <jsonl>", "file with one run a line; - is stdin")
    .addOption(new Option("--lane <lane>", "priority (default: normal)").choices(["high", "normal", "low"]))
    .option("--model <class or model>", "begin on this class (simple, standard, hard) or model, if the agent allows it")
    .option("--budget-usd <amount>", "most that each run may cost, such as 0.50")
    .option("--timeout <time>", "active time that each run may use, such as 90s or 15m")
    .option("--deadline <time>", "wall-clock time that each run has from now on, such as 2h")
    .option("--relaxed", "runs may wait for hours: turns go in batches, at half the price")
    .option("--idempotency-key <key>", "name of this submission: the same name and runs again give the same runs")
    .option("--wait", "wait until all have ended; progress goes to stderr")
    .option("--out <file>", "with --wait: results as JSONL, one run a line, as they end; - is stdout")
    .addHelpText("after", lines)
    .action(async (options: SubmitOptions) => {
      const { submitRuns } = await import("../submit/submit-runs.ts");
      await submitRuns(context, options);
    });
};
