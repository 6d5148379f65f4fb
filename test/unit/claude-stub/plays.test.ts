import type Anthropic from "@anthropic-ai/sdk";
import { describe, expect, it } from "vitest";
import { asTurn, control, MODEL, stubAndClient, user } from "./support.ts";

const noInput = { type: "object" as const, properties: {} };
const withKey = { type: "object" as const, properties: { key: { type: "string" } }, required: ["key"] };

/** Calls until the answer asks for no tool; every tool answers "done". Returns the tools asked for and the last text. */
async function play(client: Anthropic, params: Anthropic.MessageCreateParamsNonStreaming) {
  const messages = [...params.messages];
  const asked: string[] = [];
  for (let turn = 1; turn < 50; turn++) {
    const answer = await client.messages.create({ ...params, messages }, asTurn("r", turn));
    const uses = answer.content.filter((block) => block.type === "tool_use");
    asked.push(...uses.map((use) => use.name));
    if (answer.stop_reason !== "tool_use") return { asked, turns: turn, last: answer };
    messages.push({ role: "assistant", content: answer.content });
    messages.push({
      role: "user",
      content: uses.map(({ id }) => ({ type: "tool_result" as const, tool_use_id: id, content: "done" })),
    });
  }
  throw new Error("the play does not end");
}

describe("rehearsal", () => {
  const ask = (rehearsal: object) => user(`Rehearse this: ${JSON.stringify({ rehearsal })} and nothing else.`);

  it("plays exactly the turns and the mix that it is asked for", async () => {
    const { client } = await stubAndClient();
    const tools = [
      { name: "unsafe_step", input_schema: noInput },
      { name: "pure_step", input_schema: noInput },
      { name: "keyed_step", input_schema: withKey },
    ];
    const rehearsal = { turns: 4, turnMs: 0, chunks: 5, outputTokens: 300, tools: ["pure", "keyed", "unsafe"] };
    const result = await play(client, { model: MODEL, max_tokens: 1_000, tools, messages: [ask(rehearsal)] });
    expect(result).toMatchObject({ asked: ["pure_step", "keyed_step", "unsafe_step"], turns: 4 });
    expect(result.last).toMatchObject({ stop_reason: "end_turn", usage: { output_tokens: 300 } });
  });

  it("streams as many deltas as it is asked for, over the time it is asked for", async () => {
    const { client } = await stubAndClient();
    const began = performance.now();
    let deltas = 0;
    const stream = client.messages.stream({
      model: MODEL,
      max_tokens: 1_000,
      messages: [ask({ turns: 1, turnMs: 50, chunks: 20, outputTokens: 100, inputTokens: 777 })],
    });
    stream.on("streamEvent", (event) => {
      if (event.type === "content_block_delta") deltas++;
    });
    const message = await stream.finalMessage();
    expect(deltas).toBe(20);
    expect(message.usage).toMatchObject({ input_tokens: 777, output_tokens: 100 });
    expect(performance.now() - began).toBeGreaterThanOrEqual(48);
  });

  it("honours an output schema at its end", async () => {
    const { client } = await stubAndClient();
    const schema = { type: "object", properties: { turns: { type: "integer" } }, required: ["turns"] };
    const answer = await client.messages.create({
      model: MODEL,
      max_tokens: 100,
      messages: [ask({ turns: 1, turnMs: 0 })],
      output_config: { format: { type: "json_schema", schema } },
    });
    expect(answer.content).toMatchObject([{ text: '{"turns":1}' }]);
  });
});

describe("scripts", () => {
  it("play the given turns of a run, and only of that run", async () => {
    const { client, stub } = await stubAndClient();
    const turns = [
      {
        content: [
          { type: "text", text: "a" },
          { type: "tool_use", name: "look", input: { at: 1 } },
        ],
      },
      { content: [{ type: "text", text: "b" }], stop_reason: "refusal" },
    ];
    await control(stub, "scripts", { runId: "r", turns });
    const tools = [{ name: "look", input_schema: noInput }];
    const result = await play(client, { model: MODEL, max_tokens: 100, tools, messages: [user("go")] });
    expect(result).toMatchObject({
      asked: ["look"],
      turns: 2,
      last: { stop_reason: "refusal", content: [{ text: "b" }] },
    });
    const other = await client.messages.create(
      { model: MODEL, max_tokens: 100, messages: [user("go on")] },
      asTurn("s", 1),
    );
    expect(other.content).toMatchObject([{ text: "go on" }]);
  });
});

describe("tools that it does not know", () => {
  it("are called once each with arguments that fit their schema, then it answers", async () => {
    const { client } = await stubAndClient();
    const tools = [
      { name: "one", input_schema: withKey },
      { name: "two", input_schema: noInput },
    ];
    const result = await play(client, { model: MODEL, max_tokens: 500, tools, messages: [user("What is there?")] });
    expect(result).toMatchObject({ asked: ["one", "two"], turns: 3, last: { stop_reason: "end_turn" } });
  });
});

describe("structured answers", () => {
  const text =
    "Whales are mammals. Whales breathe air through blowholes and nurse their young. Ships hunted whales for oil. " +
    "The weather was mild. Oil from whales lit the lamps of cities.";

  it("summarise the text by the schema that is given", async () => {
    const { client } = await stubAndClient();
    const schema = {
      type: "object",
      additionalProperties: false,
      required: ["title", "summary", "key_points", "tone", "words"],
      properties: {
        title: { type: "string", maxLength: 40 },
        summary: { type: "string" },
        key_points: { type: "array", items: { type: "string" }, minItems: 2, maxItems: 4 },
        tone: { type: "string", enum: ["neutral", "warm"] },
        words: { type: "integer", minimum: 1 },
      },
    };
    const answer = await client.messages.parse({
      model: MODEL,
      max_tokens: 500,
      messages: [user(text)],
      output_config: { format: { type: "json_schema", schema } },
    });
    const value = JSON.parse(answer.content[0]?.type === "text" ? answer.content[0].text : "");
    expect(Object.keys(value)).toEqual(["title", "summary", "key_points", "tone", "words"]);
    expect(value.summary).toContain("whales");
    expect(value.tone).toBe("neutral");
    expect(value.key_points.length).toBeGreaterThanOrEqual(2);
    for (const point of value.key_points) expect(text).toContain(point);
    expect(new Set(value.key_points).size).toBe(value.key_points.length);
  });
});
