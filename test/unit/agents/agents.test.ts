import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { discoverAgents } from "../../../services/adapters/system/discover-agents.ts";
import rehearsal from "../../../services/agents/rehearsal.ts";
import summarize from "../../../services/agents/summarize.ts";
import { limits } from "../../../services/contract/limits.ts";
import { prices } from "../../../services/contract/models.ts";
import { type Agent, freeze } from "../../../services/core/agent.ts";

const folder = new URL("../../../services/agents/", import.meta.url);

/** Whatever lies in the folder: an agent that somebody adds is held to the same. */
const agents: readonly (readonly [string, Agent])[] = [...(await discoverAgents(folder))];

test("the agents that ship are there", () => {
  expect(agents.map(([name]) => name)).toEqual(expect.arrayContaining(["rehearsal", "research", "summarize"]));
});

describe.each(agents)("%s", (name, agent) => {
  test("freezes to the same digest every time, and another name or version to another", () => {
    const { digest, text } = freeze(name, agent);
    expect(freeze(name, agent).digest).toBe(digest);
    expect(freeze(`${name}2`, agent).digest).not.toBe(digest);
    expect(freeze(name, { ...agent, version: "other" }).digest).not.toBe(digest);
    expect(JSON.parse(text)).toEqual(freeze(name, agent).spec);
  });

  test("keeps the limits, has a priced model, and tools with names of their own", () => {
    const { spec } = freeze(name, agent);
    expect(prices[spec.model]).toBeDefined();
    expect(agent.turnsMax).toBeLessThanOrEqual(limits.turnsMax);
    expect(agent.timeoutMs).toBeLessThanOrEqual(limits.timeoutMaxMs);
    expect(Object.keys(spec.replay)).toEqual(spec.tools.map((tool) => tool.name));
    expect(new Set(spec.tools.map((tool) => tool.name)).size).toBe(spec.tools.length);
  });
});

describe("rehearsal", () => {
  const wanted = { turns: 3, turnMs: 5_000, chunks: 20, outputTokens: 40 };

  test("the prompt carries the input as it is", () => {
    const input = fc.record({
      turns: fc.integer({ min: 1, max: limits.turnsMax }),
      turnMs: fc.integer({ min: 0, max: 60_000 }),
      chunks: fc.integer({ min: 1, max: 1_000 }),
      outputTokens: fc.integer({ min: 1, max: 4_096 }),
      tools: fc.array(fc.constantFrom("pure", "keyed", "unsafe"), { maxLength: 5 }),
    });
    fc.assert(
      fc.property(input, (given) => {
        expect(JSON.parse(rehearsal.prompt(given))).toEqual({ rehearsal: given });
      }),
    );
  });

  test.each([
    { ...wanted, turns: 0 },
    { ...wanted, turns: limits.turnsMax + 1 },
    { ...wanted, turnMs: limits.turnMs },
    { ...wanted, turnMs: -1 },
    { ...wanted, chunks: 0 },
    { ...wanted, outputTokens: 0.5 },
    { ...wanted, tools: ["clean"] },
    { ...wanted, speed: 2 },
    { turns: 3 },
  ])("%j is refused", (input) => {
    expect(rehearsal.input.safeParse(input).success).toBe(false);
  });

  test("each tool says its replay and the words", async () => {
    const context = { input: wanted, key: "k", signal: new AbortController().signal, readObject: async () => "" };
    const said = await Promise.all(rehearsal.tools.map((tool) => tool.run({ words: "turn 1" }, context)));
    expect(said).toEqual(["pure: turn 1", "keyed: turn 1", "unsafe: turn 1"]);
    expect(rehearsal.tools.map((tool) => tool.replay)).toEqual(["pure", "keyed", "unsafe"]);
  });
});

describe("summarize", () => {
  test.each([{}, { text: " " }, { text: 7 }, { text: "a", sentences: 0 }, { text: "a", words: 9 }])(
    "%j is refused",
    (input) => {
      expect(summarize.input.safeParse(input).success).toBe(false);
    },
  );

  test("the prompt holds the text and the wanted length", () => {
    const prompt = summarize.prompt({ text: "A gull ate the pie." });
    expect(prompt).toContain("at most 3 sentences");
    expect(prompt).toContain("<text>\nA gull ate the pie.\n</text>");
  });
});
