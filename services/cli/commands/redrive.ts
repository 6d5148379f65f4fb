/** `muster redrive`: let ended runs go on after their last committed turn. */
import type { FilterOptions, Totals } from "../by-filter.ts";
import type { Client } from "../client.ts";
import { type AddCommand, define, type Options } from "./define.ts";

type RedriveOptions = Options<
  FilterOptions & {
    readonly budgetMicroUsd?: string;
    readonly timeoutMs?: string;
    readonly deadlineMs?: string;
  }
>;

export const redrive: AddCommand = (program, context) => {
  define(program, {
    usage: "redrive",
    summary: "let ended runs go on after their last committed turn",
    examples: [
      "redrive run_...",
      "redrive run_... --budget-micro-usd 2000000",
      "redrive --state DEAD --agent research --rate 5",
    ],
  })
    .argument("[id...]", "ids of runs")
    .option("--state <state>", "all runs in this state: DEAD, FAILED, TIMED_OUT, OVER_BUDGET", (text) =>
      text.toUpperCase(),
    )
    .option("--agent <name>", "only runs of this agent")
    .option("--reason <code>", "only runs that ended for this reason")
    .option("--tenant <name>", "runs of another tenant (needs the role operator)")
    .option("--rate <n>", "runs in a second, up to 100 (10 when left out)")
    .option("--budget-micro-usd <n>", "new budget of each run")
    .option("--timeout-ms <n>", "new active time of each run")
    .option("--deadline-ms <n>", "wall-clock time of each run from now")
    .action(async (texts: string[], options: RedriveOptions) => {
      const { connect } = await import("../connect.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { CliFailure } = await import("../failure.ts");
      const { assertEitherOr, numberOf, throughPages } = await import("../by-filter.ts");
      const { parseOption, parseRunIds } = await import("../parse-option.ts");
      const { redriveMany, redriveRun } = await import("../../contract/http.ts");
      assertEitherOr(texts, options);
      const output = outputFor(context, options);
      const raise = parseOption(redriveRun, {
        budgetMicroUsd: numberOf(options.budgetMicroUsd),
        timeoutMs: numberOf(options.timeoutMs),
        deadlineMs: numberOf(options.deadlineMs),
      });
      const { state, agent, tenant, reason, rate } = options;
      const many = { filter: { state, agent, tenant, reason }, ratePerSecond: numberOf(rate), ...raise };
      const asked = texts.length > 0 ? undefined : parseOption(redriveMany, many);
      const client = connect(context, options);
      const totals =
        asked === undefined
          ? await redriveEach(client, [...new Set(parseRunIds(texts))], raise)
          : await throughPages((cursor) => client.redriveMany({ ...asked, cursor }), output);
      output.say(`${totals.changed} redriven`);
      for (const { id, because } of totals.left) output.say(`${id}  not redriven: ${because}`);
      const failed = totals.left.length;
      output.result({ redriven: totals.changed, failed, left: totals.left });
      if (failed > 0) throw new CliFailure("not-redriven", `${failed} runs were not redriven`, { reported: true });
    });
};

/**
 * A refusal is an outcome of its run; other failures are thrown. Once a lane had no room for a run however often it was asked, the
 * rest is left: each would wait as long.
 */
async function redriveEach(
  client: Client,
  ids: readonly Totals["left"][number]["id"][],
  raise: Parameters<Client["redrive"]>[1],
): Promise<Totals> {
  const { Refusal } = await import("../failure.ts");
  const { inParallel } = await import("../parallel.ts");
  const { cliLimits } = await import("../bounds.ts");
  const left: Totals["left"] = [];
  let full: string | undefined;
  await inParallel(ids, cliLimits.submitParallel, async (id) => {
    if (full !== undefined) return void left.push({ id, because: full });
    try {
      await client.redrive(id, raise);
    } catch (error) {
      if (!(error instanceof Refusal && error.problem.status <= 429)) throw error;
      if (error.problem.status === 429) full = error.message;
      left.push({ id, because: error.message });
    }
  });
  return { changed: ids.length - left.length, passed: 0, left };
}
