/**
 * The recorded workload of the savings benchmark, one run a line: sixty questions to research, eighty questions about four long
 * texts, twenty texts summed up three times each, four long histories of many results, six of few and long results. A third of
 * the research and half of the summaries may wait (`deadline: "relaxed"`).
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { replaceRefs, textReader } from "../../services/cli/submit/file-refs.ts";
import { agentName } from "../../services/contract/ids.ts";

const EXAMPLES = fileURLToPath(new URL("../../examples/", import.meta.url));

const line = z.looseObject({ agent: agentName, input: z.looseObject({ text: z.unknown().optional() }) });
const texts = z.array(z.string());

/** Budget of a run: far above what any costs, so that no saving decides how a run ends. */
const BUDGET_MICRO_USD = 20_000_000;

/** The runs as they are submitted. Several files named as one text are joined. */
export function readWorkload(): unknown[] {
  const read = textReader(EXAMPLES);
  const file = readFileSync(new URL("./savings-workload.jsonl", import.meta.url), "utf8");
  return file
    .trimEnd()
    .split("\n")
    .map((row) => {
      const run = line.parse(replaceRefs(JSON.parse(row), read));
      const joined = texts.safeParse(run.input.text);
      const input = joined.success ? { ...run.input, text: joined.data.join("\n\n") } : run.input;
      return { ...run, input, budgetMicroUsd: BUDGET_MICRO_USD };
    });
}
