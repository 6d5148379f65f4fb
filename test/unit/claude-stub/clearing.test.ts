import type Anthropic from "@anthropic-ai/sdk";
import { expect, test } from "vitest";
import { z } from "zod";
import { asTurn, MODEL, stubAndClient } from "./support.ts";

const BETA = "context-management-2025-06-27";
const RESULT = "x".repeat(4_000);
const EDIT = {
  type: "clear_tool_uses_20250919",
  trigger: { type: "input_tokens", value: 5_000 },
  keep: { type: "tool_uses", value: 2 },
  clear_at_least: { type: "input_tokens", value: 1_500 },
};

/** A history in which so many tools were called, each with a result of 1,000 tokens. */
const history = (uses: number): Anthropic.MessageParam[] => [
  { role: "user", content: "Go through the papers." },
  ...Array.from({ length: uses }, (_, i): Anthropic.MessageParam[] => [
    { role: "assistant", content: [{ type: "tool_use", id: `toolu_${i}`, name: "look", input: {} }] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: `toolu_${i}`, content: RESULT }] },
  ]).flat(),
];

const answer = z.looseObject({
  usage: z.looseObject({
    input_tokens: z.number(),
    cache_read_input_tokens: z.number(),
    cache_creation_input_tokens: z.number(),
  }),
  context_management: z.looseObject({ applied_edits: z.array(z.unknown()) }).optional(),
});

async function caller() {
  const { client, stub } = await stubAndClient();
  const call = async (uses: number, more: { edits?: readonly unknown[]; cached?: boolean; beta?: boolean } = {}) => {
    const { edits = [EDIT], cached = false, beta = true } = more;
    const body = {
      model: MODEL,
      max_tokens: 50,
      messages: history(uses),
      context_management: { edits },
      ...(cached ? { cache_control: { type: "ephemeral" } } : {}),
    };
    const headers = { ...asTurn("r", uses).headers, ...(beta ? { "anthropic-beta": BETA } : {}) };
    return answer.parse(await client.post("/v1/messages?beta=true", { body, headers }));
  };
  return { call, stub };
}

test("nothing is cleared up to the threshold, nor when it would be too little", async () => {
  const { call } = await caller();
  expect(await call(4)).toMatchObject({ context_management: { applied_edits: [] } });
  const little = { ...EDIT, clear_at_least: { type: "input_tokens", value: 3_000 } };
  const kept = await call(5, { edits: [little] });
  expect(kept.context_management?.applied_edits).toEqual([]);
  expect(kept.usage.input_tokens).toBeGreaterThan(5_000);
});

test("above it all but the newest results are cleared, and the bill is for what is left", async () => {
  const { call } = await caller();
  const { usage, context_management } = await call(6);
  expect(context_management?.applied_edits).toEqual([
    { type: EDIT.type, cleared_tool_uses: 4, cleared_input_tokens: 4 * (1_000 - 9) },
  ]);
  expect(usage.input_tokens).toBeLessThan(2_200);
});

test("a turn later one result more is cleared: an entry that held it is of no use any more", async () => {
  const { call } = await caller();
  await call(6, { cached: true });
  const { usage } = await call(7, { cached: true });
  expect(usage.cache_creation_input_tokens).toBeGreaterThan(2_000);
  expect(usage.cache_read_input_tokens).toBe(0);
});

test("a call without the beta's name, or with another edit, is refused", async () => {
  const { call } = await caller();
  await expect(call(1, { beta: false })).rejects.toThrow("Extra inputs are not permitted");
  await expect(call(1, { edits: [{ type: "clear_thinking_20251015" }] })).rejects.toThrow("clear_tool_uses_20250919");
});

test("a longer life after a shorter one is refused", async () => {
  const { client } = await stubAndClient();
  const mark = (ttl: "5m" | "1h") => ({ type: "ephemeral", ttl }) as const;
  const ask = (first: "5m" | "1h", then: "5m" | "1h") =>
    client.messages.create({
      model: MODEL,
      max_tokens: 10,
      system: [{ type: "text", text: "s", cache_control: mark(first) }],
      messages: [{ role: "user", content: [{ type: "text", text: "hello", cache_control: mark(then) }] }],
    });
  await expect(ask("5m", "1h")).rejects.toThrow("must not come after");
  await expect(ask("1h", "5m")).resolves.toBeDefined();
});
