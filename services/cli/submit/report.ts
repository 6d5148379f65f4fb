/** What is said when runs that were waited for have ended. */
import type { RunView } from "../../contract/http.ts";
import { cliLimits } from "../bounds.ts";
import { CliFailure } from "../failure.ts";
import type { Output } from "../terminal/output.ts";
import { outputText, runText, stateText } from "../terminal/run-text.ts";
import { duration, usd } from "../terminal/units.ts";
import type { Progress } from "./progress.ts";

/** A run without its output, which may be large: ten thousand are held until the report. */
export function shortResult(run: RunView): RunView {
  const { output: _, ...rest } = run;
  return rest;
}

type Ends = {
  readonly progress: Progress;
  readonly ended: readonly RunView[];
  readonly results: string | undefined;
  readonly total: number;
};

/** Prints the result; throws `CliFailure` when a run did not succeed. */
export function reportEnds(output: Output, { progress, ended, results, total }: Ends): void {
  const succeeded = progress.states.SUCCEEDED ?? 0;
  const failed = total - succeeded;
  const only = ended[0];
  if (total === 1 && only !== undefined && results === undefined) {
    output.say(only.state === "SUCCEEDED" ? outputText(only.output ?? null) : runText(only, output.style));
  }
  for (const run of ended.filter(({ state }) => state !== "SUCCEEDED").slice(0, cliLimits.errorsShown)) {
    if (!output.json) output.note(`${run.id}  ${stateText(run, (_tone, text) => text)}`);
  }
  const took = duration(progress.elapsedMs);
  if (!output.json) output.note(`${succeeded} of ${total} succeeded in ${took} for ${usd(progress.costMicroUsd)}`);
  output.result({
    submitted: total,
    succeeded,
    failed,
    costMicroUsd: progress.costMicroUsd,
    wallMs: Math.round(progress.elapsedMs),
    states: progress.states,
    ...(total === 1 && results === undefined ? { run: only } : {}),
  });
  if (failed > 0) throw new CliFailure("runs-failed", `${failed} of ${total} runs did not succeed`, { reported: true });
}
