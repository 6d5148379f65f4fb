import { describe, expect, test } from "vitest";
import { z } from "zod";
import { limits } from "../../../services/contract/limits.ts";
import { modelOfClass } from "../../../services/contract/models.ts";
import { agentSpec, defineAgent, freeze, isAgent, toolFor } from "../../../services/core/agent.ts";
import { sha256 } from "../../../services/core/digest.ts";
import { READ_MORE } from "../../../services/core/read-more.ts";
import { anAgent, aTool, aToolContext } from "../../support/agents.ts";

describe("an agent", () => {
  test("has limits where its author gave none, and the ones given otherwise", () => {
    expect(anAgent()).toMatchObject({ timeoutMs: limits.timeoutDefaultMs, toolResultBytes: limits.toolResultBytes });
    expect(anAgent({ maxTokens: 99, turnsMax: 3 })).toMatchObject({ maxTokens: 99, turnsMax: 3 });
  });

  test("renders its prompt from checked input only", () => {
    expect(anAgent().prompt({ topic: "bees" })).toBe("Tell me about bees.");
    expect(() => anAgent().prompt({ topic: 5 })).toThrow();
  });

  test("is told from a look-alike", () => {
    expect(isAgent(anAgent())).toBe(true);
    expect(isAgent({ ...anAgent() })).toBe(false);
    expect(isAgent(undefined)).toBe(false);
  });
});

describe("a tool", () => {
  test("gets checked arguments; wrong ones throw", async () => {
    expect(await aTool().run({ text: "sea" }, aToolContext())).toBe("SEA");
    await expect(aTool().run({ text: 5 }, aToolContext())).rejects.toThrow();
    await expect(aTool().run({ text: "sea", more: 1 }, aToolContext())).rejects.toThrow();
  });

  test("made for an agent sees the run's input with its type", async () => {
    const tool = toolFor(z.object({ words: z.array(z.string()) }))({
      name: "pick",
      description: "Gives a word.",
      input: z.object({ at: z.int() }),
      replay: "keyed",
      run: ({ at }, { input, key }) => `${input.words[at]} by ${key}`,
    });
    expect(await tool.run({ at: 1 }, aToolContext({ words: ["a", "b"] }))).toBe("b by toolu_1");
  });
});

describe("a frozen agent", () => {
  test("is whole: the model, the limits, the tools and how they may be replayed", () => {
    const { spec, text, digest } = freeze("bees", anAgent({ output: z.object({ answer: z.string() }) }));
    expect(agentSpec.parse(JSON.parse(text))).toEqual(spec);
    expect(digest).toBe(sha256(text));
    expect(spec).toMatchObject({
      name: "bees",
      model: modelOfClass.simple,
      system: "Answer in one sentence.",
      replay: { shout: "pure" },
      tools: [
        { name: "shout", input_schema: { type: "object", required: ["text"], additionalProperties: false } },
        { name: READ_MORE, input_schema: { type: "object", required: ["key", "offset"] } },
      ],
      outputSchema: { type: "object", required: ["answer"] },
    });
  });

  test("has the same digest as an equal agent, and another one as soon as the model would see something else", () => {
    const digestOf = (agent = anAgent()) => freeze("bees", agent).digest;
    expect(digestOf()).toBe(digestOf());
    const others = [
      anAgent({ instructions: "Answer in two sentences." }),
      anAgent({ model: "hard" }),
      anAgent({ maxTokens: 17 }),
      anAgent({ version: "2" }),
      anAgent({ tools: [] }),
      anAgent({ tools: [aTool({ description: "Gives the text back, loudly." })] }),
    ];
    expect(new Set([digestOf(), ...others.map(digestOf)]).size).toBe(others.length + 1);
    expect(freeze("wasps", anAgent()).digest).not.toBe(digestOf());
  });

  test("can name a model of its own, and has no more turns than the system allows", () => {
    const agent = anAgent({ model: { id: "claude-sonnet-5" }, turnsMax: 100_000 });
    expect(freeze("bees", agent).spec).toMatchObject({ model: "claude-sonnet-5", turnsMax: limits.turnsMax });
  });

  test("does not see what defaults fill in: the schema of an input with defaults asks for none of them", () => {
    const agent = defineAgent({
      version: "1",
      description: "Counts.",
      model: "simple",
      instructions: "Count.",
      input: z.object({ to: z.int().default(3) }),
      prompt: ({ to }) => `Count to ${to}.`,
      tools: [],
    });
    expect(agent.prompt({})).toBe("Count to 3.");
    expect(freeze("counter", agent).spec.tools).toEqual([]);
  });
});
