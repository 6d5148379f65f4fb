/** Agents for tests. */
import { z } from "zod";
import { type Agent, defineAgent, defineTool, type ToolContext } from "../../services/core/agent.ts";

/** A tool that gives back what it got, in capitals. */
export const aTool = (overrides: { readonly name?: string; readonly description?: string } = {}) =>
  defineTool({
    name: "shout",
    description: "Gives the text back in capitals.",
    input: z.strictObject({ text: z.string() }),
    replay: "pure",
    run: ({ text }) => text.toUpperCase(),
    ...overrides,
  });

/** An agent that takes `{ topic }` and has one pure tool. */
export function anAgent(overrides: Partial<Omit<Agent, "input" | "prompt">> = {}): Agent {
  return defineAgent({
    version: "1",
    description: "Says something about a topic.",
    model: "simple",
    instructions: "Answer in one sentence.",
    input: z.strictObject({ topic: z.string() }),
    tools: [aTool()],
    prompt: ({ topic }) => `Tell me about ${topic}.`,
    ...overrides,
  });
}

/** What a tool may use, for a run whose input is `input`. */
export const aToolContext = (input: unknown = {}): ToolContext => ({
  input,
  key: "toolu_1",
  signal: new AbortController().signal,
  readObject: async (name) => {
    throw new Error(`no document ${name}`);
  },
});
