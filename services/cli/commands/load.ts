/** `muster load`: a bounded load test. */
import { Option } from "commander";
import { type AddCommand, define } from "./define.ts";

export const load: AddCommand = (program, context) => {
  define(program, {
    usage: "load",
    summary:
      "keep runs of the agent rehearsal open, then tell response times, throughput and errors against the targets",
    examples: [
      "load",
      "load --runs 1000 --concurrent 100 --turns 3 --json",
      "load --stack muster --runs 50 --budget-usd 0.01",
    ],
  })
    .addOption(new Option("--stack <name>", "installation on AWS, found by the outputs of its stacks"))
    .addOption(new Option("--runs <n>", "runs in all").default("200"))
    .addOption(new Option("--concurrent <n>", "runs open at once").default("100"))
    .addOption(new Option("--turns <n>", "turns of each run").default("2"))
    .addOption(new Option("--turn-ms <ms>", "length of each turn; the Claude stand-in keeps to it").default("500"))
    .addOption(new Option("--for <time>", "no longer than this; what is open then is cancelled").default("10m"))
    .addOption(new Option("--budget-usd <amount>", "what each run may cost at most").default("0.05"))
    .action(async (options) => {
      const { loadTest } = await import("../load/load-test.ts");
      await loadTest(context, options);
    });
};
