/** Sums up one text in one call. */
import { z } from "zod";
import { DAY } from "../contract/units.ts";
import { defineAgent } from "../core/agent.ts";

export default defineAgent({
  version: "2",
  description: "Sums up a text: a title, a summary of the wanted length, and the points that matter.",
  model: "simple",
  escalateTo: "standard",
  maxTokens: 2_048,
  turnsMax: 1,
  // The answer rests on the text alone, so the same text may get the answer that it got before.
  memo: { version: "1", ttlMs: DAY },
  instructions: "You sum up texts for readers in a hurry. Say only what the text says, in its language.",
  input: z.strictObject({
    text: z.string().trim().min(1).max(400_000).meta({ description: "the text" }),
    sentences: z.int().min(1).max(10).default(3).meta({ description: "length of the summary" }),
  }),
  output: z.object({ title: z.string(), summary: z.string(), points: z.array(z.string()) }),
  prompt: ({ text, sentences }) => `Sum this up in at most ${sentences} sentences.\n\n<text>\n${text}\n</text>`,
});
