import { expect, test } from "vitest";
import { z } from "zod";
import { tenantId } from "../../../services/contract/ids.ts";
import type { Message } from "../../../services/contract/turn.ts";
import { type AgentSpec, defineAgent, defineTool, freeze } from "../../../services/core/agent.ts";
import { sha256 } from "../../../services/core/digest.ts";
import { memoKeyOf, memoStep } from "../../../services/core/memo.ts";

const acme = tenantId.parse("acme");
const agent = defineAgent({
  version: "1",
  description: "",
  model: "simple",
  instructions: "Sort it.",
  input: z.string(),
  output: z.object({ kind: z.string() }),
  tools: [defineTool({ name: "t", description: "d", input: z.object({}), replay: "pure", run: () => "" })],
  memo: { version: "1", ttlMs: 60_000 },
  prompt: (text) => text,
});
const { spec } = freeze("sorter", agent);
const messages: readonly Message[] = [{ role: "user", content: "a letter" }];

test("an agent that is not marked has no key", () => {
  const { memo: _, ...plain } = spec;
  expect(memoKeyOf(acme, plain, messages)).toBeUndefined();
});

test("equal calls have equal keys, whatever else the agent's spec says", () => {
  const key = memoKeyOf(acme, spec, messages);
  expect(key).toEqual(memoKeyOf(acme, structuredClone(spec), structuredClone(messages)));
  expect(memoKeyOf(acme, { ...spec, turnsMax: 3, version: "2" }, messages)).toEqual(key);
  // The time that an answer is kept says nothing of the answer.
  expect(memoKeyOf(acme, { ...spec, memo: { version: "1", ttlMs: 5 } }, messages)).toEqual(key);
});

test("the tenant is part of the place", () => {
  const [mine, theirs] = [memoKeyOf(acme, spec, messages), memoKeyOf(tenantId.parse("other"), spec, messages)];
  expect(theirs).not.toEqual(mine);
});

const [tool] = spec.tools;
if (tool === undefined) throw new Error("no tool");
test.each<[string, Partial<AgentSpec>]>([
  ["name", { name: "other" }],
  ["model", { model: "claude-opus-5-5" }],
  ["maxTokens", { maxTokens: spec.maxTokens + 1 }],
  ["system", { system: "Sort it!" }],
  ["tools: none", { tools: [] }],
  ["tools: words", { tools: [{ ...tool, description: "e" }] }],
  ["tools: schema", { tools: [{ ...tool, input_schema: { type: "object" } }] }],
  ["schema", { outputSchema: { type: "object" } }],
  ["version", { memo: { version: "2", ttlMs: 60_000 } }],
])("another %s is another call", (_what, change) => {
  expect(memoKeyOf(acme, { ...spec, ...change }, messages)).not.toEqual(memoKeyOf(acme, spec, messages));
});

test.each<[string, readonly Message[]]>([
  ["one letter more", [{ role: "user", content: "a letter " }]],
  ["as a block", [{ role: "user", content: [{ type: "text", text: "a letter" }] }]],
  ["one message more", [...messages, { role: "assistant", content: "ok" }]],
])("other messages are another call: %s", (_what, other) => {
  expect(memoKeyOf(acme, spec, other)).not.toEqual(memoKeyOf(acme, spec, messages));
});

test("what a run does with what it finds", () => {
  const now = 1_000;
  const later = { untilMs: now + 1 };
  const over = { untilMs: now };
  expect(memoStep(undefined, now)).toEqual({ kind: "lead" });
  expect(memoStep({ kind: "pending", leader: "a", ...later }, now)).toEqual({ kind: "wait" });
  expect(memoStep({ kind: "unkept", ...later }, now)).toEqual({ kind: "alone" });
  const kept = [
    { kind: "answer", text: "{}", ...later },
    { kind: "content", content: sha256("x"), ...later },
  ] as const;
  for (const entry of kept) expect(memoStep(entry, now)).toEqual({ kind: "use", entry });
  for (const entry of [...kept, { kind: "pending", leader: "a" }, { kind: "unkept" }] as const)
    expect(memoStep({ ...entry, ...over }, now)).toEqual({ kind: "lead" });
});
