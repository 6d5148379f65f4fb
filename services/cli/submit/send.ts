/** Sends batches so that a repeated request, or a repeated command, never doubles a run. */
import type { RunView } from "../../contract/http.ts";
import { cliLimits } from "../bounds.ts";
import type { Client } from "../client.ts";
import { CliFailure, Refusal } from "../failure.ts";
import { inParallel } from "../parallel.ts";
import type { Batch } from "./batches.ts";
import type { Source } from "./source.ts";

/** An accepted run and the line that asked for it. */
export type Accepted = { readonly line: number; readonly run: RunView };

/** Key of a batch: the same command with the same key and file asks for the same runs. */
export const batchKeyOf = (key: string, index: number): string => (index === 0 ? key : `${key}.${index}`);

/**
 * Sends all batches, `cliLimits.submitParallel` at once. After a refusal no further batch is started; what was accepted
 * stays accepted. Throws `Refusal` with the lines in its fields.
 */
export async function sendBatches(
  client: Client,
  given: { readonly batches: readonly Batch[]; readonly key: string; readonly place: Source["place"] },
  onAccepted: (accepted: readonly Accepted[]) => void,
): Promise<void> {
  await inParallel(given.batches, cliLimits.submitParallel, async (batch) => {
    const key = batchKeyOf(given.key, batch.index);
    const runs = await client
      .submit(
        batch.lines.map((line) => line.run),
        key,
      )
      .catch((error: unknown) => {
        throw error instanceof Refusal ? withPlaces(error, batch, given.place) : error;
      });
    if (runs.length !== batch.lines.length) {
      throw new CliFailure(
        "not-the-contract",
        `asked for ${batch.lines.length} runs, the API answered with ${runs.length}`,
      );
    }
    onAccepted(runs.flatMap((run, i) => ({ line: batch.lines[i]?.line ?? 0, run })));
  });
}

/** The refusal with `runs[3].input.text` told as `questions.jsonl:4 input.text`. */
export function withPlaces(refusal: Refusal, batch: Batch, place: Source["place"]): Refusal {
  const errors = refusal.problem.errors?.map((error) => {
    const match = /^runs\[(\d+)\]\.?(.*)$/.exec(error.field);
    const line = batch.lines[Number(match?.[1])]?.line;
    return line === undefined ? error : { ...error, field: `${place(line)} ${match?.[2] || "run"}` };
  });
  return new Refusal(errors === undefined ? refusal.problem : { ...refusal.problem, errors });
}
