/** `muster cancel`: end runs. */
import type { RunView } from "../../contract/http.ts";
import type { Client } from "../client.ts";
import { type AddCommand, define, type Options } from "./define.ts";

export const cancel: AddCommand = (program, context) => {
  define(program, {
    usage: "cancel",
    summary: "cancel runs; a running one ends within 10 s",
    examples: ["cancel run_...", "cancel run_... run_... --json"],
  })
    .argument("<id...>", "ids of runs")
    .action(async (texts: string[], options: Options) => {
      const { connect } = await import("../connect.ts");
      const { outputFor } = await import("../terminal/output.ts");
      const { CliFailure } = await import("../failure.ts");
      const { inParallel } = await import("../parallel.ts");
      const { cliLimits } = await import("../bounds.ts");
      const { parseRunIds } = await import("../parse-option.ts");
      const output = outputFor(context, options);
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
