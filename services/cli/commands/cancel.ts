/** `muster cancel`: end runs. */
import type { RunView } from "../../contract/http.ts";
import type { FilterOptions } from "../by-filter.ts";
import type { Client } from "../client.ts";
import type { Output } from "../terminal/output.ts";
import { type AddCommand, define, type Options } from "./define.ts";

export const cancel: AddCommand = (program, context) => {
  define(program, {
    usage: "cancel",
    summary: "cancel runs; a running one ends within 10 s",
    examples: ["cancel run_...", "cancel run_... run_... --json", "cancel --state QUEUED --agent research"],
  })
    .argument("[id...]", "ids of runs")
    .option(
      "--state <state>",
      "all runs found in this state, QUEUED or RUNNING, also when they leave it for the other meanwhile",
      (text) => text.toUpperCase(),
    )
    .option("--agent <name>", "only runs of this agent")
    .option("--tenant <name>", "runs of another tenant (needs the role operator)")
    .option("--rate <n>", "runs in a second, up to 100 (10 when left out)")
    .action(async (texts: string[], options: Options<FilterOptions>) => {
      const { connect } = await import("../connect.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { CliFailure } = await import("../failure.ts");
      const { inParallel } = await import("../parallel.ts");
      const { cliLimits } = await import("../bounds.ts");
      const { parseRunIds } = await import("../parse-option.ts");
      const { assertEitherOr } = await import("../by-filter.ts");
      assertEitherOr(texts, options);
      const output = outputFor(context, options);
      if (texts.length === 0) return await cancelByFilter(connect(context, options), options, output);
      const ids = [...new Set(parseRunIds(texts))];
      const client = connect(context, options);
      const outcomes = new Map<string, Outcome>();
      await inParallel(ids, cliLimits.submitParallel, async (id) => {
        outcomes.set(id, await cancelOne(client, id));
      });
      const all = ids.flatMap((id) => outcomes.get(id) ?? []);
      for (const { id, text } of all) output.say(`${id}  ${text}`);
      const failed = all.filter((one) => !one.cancelled).length;
      output.result({
        cancelled: all.length - failed,
        failed,
        runs: all.map(({ id, state, text }) => ({ id, state, text })),
      });
      if (failed > 0) {
        throw new CliFailure("not-cancelled", `${failed} of ${all.length} not cancelled`, { reported: true });
      }
    });
};

type Outcome = {
  readonly id: string;
  readonly cancelled: boolean;
  readonly state?: RunView["state"] | undefined;
  readonly text: string;
};

/** A refusal (unknown run, ended already) is an outcome; other failures are thrown. */
async function cancelOne(client: Client, id: string): Promise<Outcome> {
  const { Refusal } = await import("../failure.ts");
  try {
    const run = await client.cancel(id);
    const open = run.state === "QUEUED" || run.state === "RUNNING";
    if (open) return { id, cancelled: run.cancelRequested, state: run.state, text: "cancelling" };
    if (run.state === "CANCELLED") return { id, cancelled: true, state: run.state, text: "cancelled" };
    return { id, cancelled: false, state: run.state, text: `not cancelled: ended before as ${run.state}` };
  } catch (error) {
    if (error instanceof Refusal && error.problem.status < 429) return { id, cancelled: false, text: error.message };
    throw error;
  }
}

/** Every run that the filter finds; one that ended meanwhile is no failure, since nothing of it goes on. */
async function cancelByFilter(client: Client, options: FilterOptions, output: Output): Promise<void> {
  const { numberOf, throughPages } = await import("../by-filter.ts");
  const { cancelMany } = await import("../../contract/http.ts");
  const { parseOption } = await import("../parse-option.ts");
  const { state, agent, tenant, rate } = options;
  const asked = parseOption(cancelMany, { filter: { state, agent, tenant }, ratePerSecond: numberOf(rate) });
  const { changed, passed, left } = await throughPages((cursor) => client.cancelMany({ ...asked, cursor }), output);
  output.say(`${changed} cancelled or asked to stop`);
  if (passed > 0) output.say(`${passed} had ended before`);
  for (const { id, because } of left) output.say(`${id}  left: ${because}`);
  output.result({ cancelled: changed, passed, failed: 0, left });
}
