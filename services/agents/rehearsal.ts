/** A run made to measure, for benchmarks and drills: so many turns of such a length, with such a mix of tools. */
import { z } from "zod";
import { limits } from "../contract/limits.ts";
import { defineAgent, type Replay, toolFor } from "../core/agent.ts";

/** An answer that streams longer than this comes too near the longest time of a call. */
const TURN_MS_MAX = limits.turnMs - 10_000;

const rehearsal = z.strictObject({
  turns: z.int().min(1).max(limits.turnsMax).meta({ description: "model calls of the run" }),
  turnMs: z.int().min(0).max(TURN_MS_MAX).meta({ description: "how long each answer takes to stream" }),
  chunks: z.int().min(1).max(1_000).meta({ description: "pieces that an answer streams in" }),
  outputTokens: z.int().min(1).max(4_096).meta({ description: "length of each answer" }),
  inputTokens: z.int().min(0).max(200_000).optional().meta({ description: "length of the prompt to account for" }),
  tools: z
    .array(z.enum(["pure", "keyed", "unsafe"]))
    .max(limits.turnsMax)
    .optional(),
  resultBytes: z
    .int()
    .min(1)
    .max(limits.toolResultBytes)
    .optional()
    .meta({ description: "length of each tool result" }),
});

/** What was said, in numbered lines of so many bytes altogether. */
function atLength(said: string, bytes: number): string {
  const lines: string[] = [];
  for (let length = 0; length < bytes; length += (lines.at(-1)?.length ?? 0) + 1)
    lines.push(`${lines.length + 1} ${said}`);
  return lines.join("\n").slice(0, bytes);
}

const tool = toolFor(rehearsal);

/** A tool of each kind of replay; all that it does is to say what it was asked, at the length that is wanted. */
const echo = (replay: Replay) =>
  tool({
    name: replay,
    description: `Says the words again. It is ${replay} to repeat.`,
    replay,
    input: z.strictObject({ words: z.string().max(1_000) }),
    run: ({ words }, { input }) =>
      input.resultBytes === undefined ? `${replay}: ${words}` : atLength(`${replay}: ${words}`, input.resultBytes),
  });

export default defineAgent({
  version: "2",
  description: "Makes a given number of turns of a given length and tool mix; for benchmarks and drills.",
  model: "simple",
  turnsMax: limits.turnsMax,
  timeoutMs: limits.timeoutMaxMs,
  instructions: [
    "You rehearse a run. The first message is JSON: {turns, tools, outputTokens} say what to do.",
    "In every turn but the last, write about outputTokens tokens of plain words and call one tool: the names in `tools`",
    "one after the other, beginning again at the end, or `pure` when there are none. In turn number `turns` call no tool",
    "and write: rehearsed. Tool results do not matter.",
  ].join("\n"),
  input: rehearsal,
  tools: [echo("pure"), echo("keyed"), echo("unsafe")],
  prompt: (wanted) => JSON.stringify({ rehearsal: wanted }),
});
