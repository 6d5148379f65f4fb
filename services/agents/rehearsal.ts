/** A run made to measure, for benchmarks and drills: so many turns of such a length, with such a mix of tools. */
import { z } from "zod";
import { limits } from "../contract/limits.ts";
import { defineAgent, defineTool, type Replay } from "../core/agent.ts";

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
});

/** A tool of each kind of replay; all that it does is to say what it was asked. */
const echo = (replay: Replay) =>
  defineTool({
    name: replay,
    description: `Says the words again. It is ${replay} to repeat.`,
    replay,
    input: z.strictObject({ words: z.string().max(1_000) }),
    run: ({ words }) => `${replay}: ${words}`,
  });

export default defineAgent({
  version: "1",
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
