/** Submits runs, waits for them when asked to, and reports. */
import type { RunView } from "../../contract/http.ts";
import { limits } from "../../contract/limits.ts";
import { isEnded } from "../../core/lifecycle.ts";
import { connect } from "../connect.ts";
import type { CliContext } from "../context.ts";
import { CliFailure, UsageFailure } from "../failure.ts";
import { type Output, outputFor } from "../terminal/output.ts";
import { duration } from "../terminal/units.ts";
import { batches } from "./batches.ts";
import { defaultsOf, keyOf, type SubmitOptions } from "./options.ts";
import { makeTally, type Progress } from "./progress.ts";
import { reportEnds, shortResult } from "./report.ts";
import { openResults, type Results } from "./results.ts";
import { type Accepted, sendBatches } from "./send.ts";
import { showProgress } from "./show-progress.ts";
import { readSource } from "./source.ts";
import { waitForEnds } from "./wait.ts";

/** Options of `submit` as they stand on the command line. */
/** The command. Throws when not all that was asked for happened; then the JSON result, if any, is printed already. */
export async function submitRuns(context: CliContext, options: SubmitOptions): Promise<void> {
  if (options.out !== undefined && options.wait !== true) throw new UsageFailure("--out needs --wait");
  const key = keyOf(context, options.idempotencyKey);
  const source = await readSource(context, options, defaultsOf(options));
  const bounds = { runs: limits.submitRunsMax, bytes: limits.bodyBytes };
  const work = { batches: batches(source, bounds), key, place: source.place };
  const client = connect(context, options);
  const output = outputFor(context, options);
  const results = options.out === undefined ? undefined : openResults(context, options.out);
  const startMs = context.clock.monotonicMs();
  const tally = makeTally(source.lines.length, startMs);
  const accepted: Accepted[] = [];
  const ended: RunView[] = [];
  const progress = (): Progress => tally.progress(context.clock.monotonicMs());
  const stop = showProgress(context, progress);
  try {
    await sendBatches(client, work, (more) => {
      accepted.push(...more);
      tally.accept(more.length);
    });
    if (options.wait === true) await waitForAll(accepted);
  } catch (error) {
    throw unfinished(error, { accepted: accepted.length, total: source.lines.length, key });
  } finally {
    await stop();
    results?.close();
  }
  if (options.wait === true)
    reportEnds(output, { progress: progress(), ended, results: options.out, total: source.lines.length });
  else reportAccepted(output, accepted, { key, wallMs: progress().elapsedMs });

  async function waitForAll(all: readonly Accepted[]): Promise<void> {
    const lineOf = new Map<string, number>(all.map(({ run, line }) => [run.id, line]));
    await waitForEnds(client, [...lineOf.keys()], (views) => {
      tally.see(views, context.clock.monotonicMs());
      for (const view of views) if (isEnded(view.state)) keep(view, lineOf.get(view.id) ?? 0, results);
    });
  }
  function keep(view: RunView, line: number, to: Results | undefined): void {
    to?.write(line, view);
    ended.push(to === undefined && source.lines.length === 1 ? view : shortResult(view));
  }
}

function reportAccepted(output: Output, accepted: readonly Accepted[], more: { key: string; wallMs: number }): void {
  const inOrder = accepted.toSorted((a, b) => a.line - b.line).map(({ run }) => run.id);
  for (const id of inOrder) output.say(id);
  const { key, wallMs } = more;
  output.result({ submitted: inOrder.length, runs: inOrder, idempotencyKey: key, wallMs: Math.round(wallMs) });
  if (!output.json)
    output.note(`${inOrder.length} submitted in ${duration(wallMs)}; npx muster watch ${inOrder[0]} shows one`);
}

/** Adds to a failure how far the submission came and how to go on without doubling a run. */
function unfinished(error: unknown, at: { accepted: number; total: number; key: string }): unknown {
  if (!(error instanceof CliFailure) || at.accepted === 0) return error;
  const how = `the same command with --idempotency-key ${at.key} goes on without doubling a run`;
  error.result = { submitted: at.accepted, idempotencyKey: at.key };
  error.message += `\n${at.accepted} of ${at.total} runs were accepted and go on`;
  error.fix = error.fix === undefined ? how : `${error.fix}; ${how}`;
  return error;
}
