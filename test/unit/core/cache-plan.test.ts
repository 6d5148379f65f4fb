import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cacheLeastTokens } from "../../../services/contract/models.ts";
import type { ContentBlock, Message } from "../../../services/contract/turn.ts";
import { type CacheAsk, planCache } from "../../../services/core/cache-plan.ts";

const spec = { model: "claude-haiku-5-5", turnsMax: 20, system: "Answer. ".repeat(500), tools: [] };
const opening: Message = { role: "user", content: "Go." };
const says: Message = { role: "assistant", content: [{ type: "text", text: "Well." }] };
const results = (count: number): Message => ({
  role: "user",
  content: Array.from({ length: count }, (_, i): ContentBlock => ({ type: "tool_result", tool_use_id: `t${i}` })),
});
const planned = (ask: Partial<CacheAsk>) => planCache({ spec, turn: 1, messages: [opening], turns: [], ...ask });

describe("marks of a call", () => {
  test("the first: after the system prompt, and at the end", () => {
    expect(planned({})).toMatchObject({ ttl: "5m", system: true, blocks: [], end: true });
  });

  test("a later one also where the call before ended, whatever came since", () => {
    const messages = [opening, says, results(30)];
    expect(planned({ turn: 2, messages })).toMatchObject({ system: true, blocks: [{ message: 0 }], end: true });
    const more = [...messages, says, says, results(1)];
    expect(planned({ turn: 3, messages: more })).toMatchObject({ blocks: [{ message: 3 }] });
  });

  test("the last that the agent may take writes nothing at its end", () => {
    const messages = [opening, says, results(1)];
    expect(planned({ turn: 20, messages })).toMatchObject({ blocks: [{ message: 0 }], end: false });
    const short = { ...spec, turnsMax: 1, system: "Answer." };
    expect(planned({ spec: short })).toBeUndefined();
  });

  test("the shared beginning of the first message is marked once it is long enough with what comes before", () => {
    const shared = (text: string): Message => ({
      role: "user",
      content: [
        { type: "text", text },
        { type: "text", text: "Why?" },
      ],
    });
    const short = { ...spec, system: "Answer." };
    expect(planned({ spec: short, messages: [shared("x".repeat(9_000))] })?.blocks).toEqual([{ message: 0, block: 0 }]);
    expect(planned({ spec: short, messages: [shared("x".repeat(900))] })?.blocks).toEqual([]);
  });

  test("nothing is marked when no entry would live until it is read", () => {
    const turns = [0, 1, 2].map((i) => ({ startedAtMs: i * 7_200_000, promptTokens: 1_000 }));
    expect(planned({ turn: 4, messages: [opening, says, results(1)], turns })).toBeUndefined();
  });

  test("while old results are cleared: before the oldest that is kept", () => {
    const messages = [opening, says, results(1), says, results(2), says, results(1)];
    expect(planned({ messages, turn: 4, keepToolUses: 3 })?.blocks).toEqual([{ message: 3 }, { message: 4 }]);
    expect(planned({ messages, turn: 4, keepToolUses: 2 })?.blocks).toContainEqual({ message: 4, block: 0 });
    expect(planned({ messages, turn: 4, keepToolUses: 9 })?.blocks).toEqual([{ message: 4 }]);
  });

  test("are never more than four, and never outside the conversation", () => {
    const answer = fc.constant(says);
    const user = fc.oneof(fc.constant(opening), fc.integer({ min: 1, max: 30 }).map(results));
    const history = fc.array(fc.tuple(user, answer), { maxLength: 8 }).map((pairs) => pairs.flat());
    const first = fc.boolean().map(
      (shared): Message => ({
        role: "user",
        content: shared
          ? [
              { type: "text", text: "y".repeat(9_000) },
              { type: "text", text: "?" },
            ]
          : "?",
      }),
    );
    fc.assert(
      fc.property(first, history, fc.option(fc.integer({ min: 1, max: 5 })), (begin, rest, keep) => {
        const messages = [begin, says, ...rest, results(2)];
        const plan = planned({ messages, turn: 3, keepToolUses: keep ?? undefined });
        const marks = Number(plan?.system) + Number(plan?.end) + (plan?.blocks.length ?? 0);
        expect(marks).toBeLessThanOrEqual(4);
        for (const { message, block } of plan?.blocks ?? []) {
          const content = messages[message]?.content;
          expect(typeof content === "string" ? 1 : content?.length).toBeGreaterThan(block ?? 0);
        }
      }),
      { seed: 12 },
    );
  });
});

test("the shortest prefix that is cached depends on the model; one that nobody knows gets the longest", () => {
  const least = ["claude-sonnet-5-5", "claude-sonnet-5", "claude-opus-4-8", "claude-haiku-4-5", "claude-of-old"];
  expect(least.map(cacheLeastTokens)).toEqual([512, 1_024, 1_024, 4_096, 4_096]);
});
