/** Answers one question about one text in one call. Questions about the same text share it in the prompt cache. */
import { z } from "zod";
import { DAY } from "../contract/units.ts";
import { defineAgent } from "../core/agent.ts";

export default defineAgent({
  version: "1",
  description: "Answers a question about a text; many questions about the same long text pay for it about once.",
  model: "standard",
  maxTokens: 1_024,
  turnsMax: 1,
  // The answer rests on text and question alone, so the same question may get the answer that it got before.
  memo: { version: "1", ttlMs: DAY },
  instructions: [
    "You answer questions about one text, and from nothing else. Quote the words that your answer rests on. When the text does",
    "not answer the question, say so.",
  ].join("\n"),
  input: z.strictObject({
    text: z.string().trim().min(1).max(800_000).meta({ description: "the text" }),
    question: z.string().trim().min(1).max(4_000).meta({ description: "what to find out" }),
  }),
  shared: ({ text }) => `<text>\n${text}\n</text>`,
  prompt: ({ question }) => question,
});
