import type { RawMessageStreamEvent } from "@anthropic-ai/sdk/resources/messages";
import { expect, test } from "vitest";
import { Accumulator } from "../../../../services/adapters/model/accumulate.ts";

const counts = { input_tokens: 30, output_tokens: 20, cache_creation_input_tokens: 500, cache_read_input_tokens: 100 };

/** The last event of an answer as it comes over the wire, with what beta features add. */
const closing = (more: object, usage: object = {}): RawMessageStreamEvent =>
  JSON.parse(
    JSON.stringify({
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { ...counts, ...usage },
      ...more,
    }),
  );

function taken(event: RawMessageStreamEvent): Accumulator {
  const answer = new Accumulator();
  answer.take(event);
  return answer;
}

test("tokens of a compaction are billed: they are in the iterations, not in the counts at the top", () => {
  const iterations = [
    {
      type: "compaction",
      input_tokens: 70_000,
      output_tokens: 3_000,
      cache_read_input_tokens: 9_000,
      cache_creation_input_tokens: 40,
      cache_creation: { ephemeral_5m_input_tokens: 0, ephemeral_1h_input_tokens: 40 },
    },
    { type: "message", model: null, cache_creation: null, ...counts },
  ];
  expect(taken(closing({}, { iterations })).usage).toEqual({
    inputTokens: 70_030,
    outputTokens: 3_020,
    cacheWrite5mTokens: 500,
    cacheWrite1hTokens: 40,
    cacheReadTokens: 9_100,
  });
});

test.each([[{}], [{ iterations: null }], [{ iterations: [] }]])(
  "without iterations (%j) the counts at the top hold",
  (more) => {
    const expected = { inputTokens: 30, outputTokens: 20, cacheWrite5mTokens: 500, cacheReadTokens: 100 };
    expect(taken(closing({}, more)).usage).toMatchObject(expected);
  },
);

test("says how much the API cleared", () => {
  const edit = (cleared_input_tokens: number) => ({
    type: "clear_tool_uses_20250919",
    cleared_tool_uses: 1,
    cleared_input_tokens,
  });
  expect(taken(closing({ context_management: { applied_edits: [edit(700), edit(20)] } })).clearedTokens).toBe(720);
  expect(taken(closing({ context_management: { applied_edits: [] } })).clearedTokens).toBe(0);
  expect(taken(closing({})).clearedTokens).toBeUndefined();
});

/** An answer that writes a text and then asks for a tool with these arguments. */
function asking(json: string, stopReason: string): Accumulator {
  const answer = new Accumulator();
  const events = [
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "I look." } },
    {
      type: "content_block_start",
      index: 1,
      content_block: { type: "tool_use", id: "toolu_1", name: "look", input: {} },
    },
    { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: json } },
    { type: "message_delta", delta: { stop_reason: stopReason, stop_sequence: null }, usage: counts },
  ];
  for (const event of events) answer.take(JSON.parse(JSON.stringify(event)));
  return answer;
}

test("a tool call that max_tokens cut in its arguments is none; a whole one is, and broken ones elsewhere are an error", () => {
  const types = (answer: Accumulator) => answer.content().map(({ type }) => type);
  expect(types(asking('{"at":"the mid', "max_tokens"))).toEqual(["text"]);
  expect(types(asking('{"at":"the end"}', "max_tokens"))).toEqual(["text", "tool_use"]);
  expect(types(asking("", "max_tokens"))).toEqual(["text", "tool_use"]);
  expect(() => types(asking('{"at":"the mid', "tool_use"))).toThrow();
});
