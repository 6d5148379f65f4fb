/** Planned cache marks over the wire: what the Claude stub, which keeps the API's rules, bills for them. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { anthropicModel } from "../../services/adapters/model/anthropic.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import type { ContentBlock, Message } from "../../services/contract/turn.ts";
import { planCache } from "../../services/core/cache-plan.ts";
import type { Clearing } from "../../services/core/clearing.ts";
import { costOf, promptTokens } from "../../services/core/cost.ts";
import { type RunningStub, startStub } from "../../services/local/claude-stub/server.ts";
import type { ModelAnswer, ModelRequest } from "../../services/ports/model.ts";
import { aRunId } from "../support/ids.ts";

let stub: RunningStub;
beforeAll(async () => {
  stub = await startStub();
});
afterAll(() => stub.close());

const MODEL = "claude-haiku-5-5";
const tools = [{ name: "look", description: "Looks.", input_schema: { type: "object" } }];
const opening = (text: string): Message => ({ role: "user", content: text });
const thought: ContentBlock = { type: "text", text: "t".repeat(2_000) };
const exchange = (turn: number, uses: number, chars: number): Message[] => {
  const ids = Array.from({ length: uses }, (_, i) => `toolu_${turn}_${i}`);
  const result = "r".repeat(chars);
  return [
    {
      role: "assistant",
      content: [thought, ...ids.map((id): ContentBlock => ({ type: "tool_use", id, name: "look", input: {} }))],
    },
    {
      role: "user",
      content: ids.map((id): ContentBlock => ({ type: "tool_result", tool_use_id: id, content: result })),
    },
  ];
};

type Way = { readonly clearing?: Clearing; readonly unmarked?: boolean; readonly waits?: boolean };

/** Calls once for each number of exchanges, as the turns of one run. */
async function turns(
  system: string,
  histories: readonly (readonly Message[])[],
  way: Way = {},
): Promise<ModelAnswer[]> {
  const port = anthropicModel({ apiKey: "none", baseURL: stub.url, clock: systemClock });
  const spec = { model: MODEL, turnsMax: 100, system, tools };
  const answers: ModelAnswer[] = [];
  const runId = aRunId();
  for (const [i, messages] of histories.entries()) {
    const plan = planCache({
      spec,
      turn: i + 1,
      messages,
      turns: [],
      keepToolUses: way.clearing?.keepToolUses,
      waits: way.waits === true,
    });
    const cache = way.unmarked === true ? undefined : plan;
    const request: ModelRequest = {
      runId,
      turn: i + 1,
      maxTokens: 50,
      ...spec,
      messages,
      cache,
      clearing: way.clearing,
    };
    const answer = await port.call(request, { signal: new AbortController().signal, idleMs: 10_000 });
    if (answer.kind !== "answer") throw new Error(answer.message);
    answers.push(answer);
  }
  return answers;
}

const growing = (uses: number, chars: number, count: number): Message[][] =>
  Array.from({ length: count }, (_, turn) => [
    opening("Go through the papers."),
    ...Array.from({ length: turn }, (_, i) => exchange(i, uses, chars)).flat(),
  ]);

test("a turn of sixty blocks is found again, though the API looks back over twenty", async () => {
  const system = `Sixty blocks. ${"s".repeat(8_000)}`;
  const [first, second, third] = await turns(system, growing(30, 400, 3));
  expect(first?.usage).toMatchObject({ cacheReadTokens: 0 });
  const whole = (answer: ModelAnswer | undefined) => (answer === undefined ? Number.NaN : promptTokens(answer.usage));
  expect(second?.usage.cacheReadTokens).toBe(whole(first));
  expect(third?.usage.cacheReadTokens).toBe(whole(second));
});

test("another run of the agent reads the head, and one with the same shared beginning reads that too", async () => {
  const system = `Shared. ${"h".repeat(4_000)}`;
  const asks = (text: string, question: string): Message => ({
    role: "user",
    content: [text, question].map((part) => ({ type: "text", text: part })),
  });
  const [alone] = await turns(system, [[asks("a".repeat(8_000), "Why?")]]);
  const [other] = await turns(system, [[asks("b".repeat(8_000), "Why?")]]);
  const [same] = await turns(system, [[asks("a".repeat(8_000), "When?")]]);
  expect([alone, other, same].map((answer) => answer?.usage.cacheReadTokens)).toEqual([
    0,
    expect.toSatisfy((read: number) => read > 1_000 && read < 1_100),
    expect.toSatisfy((read: number) => read > 3_000 && read < 3_100),
  ]);
});

test("while old results are cleared, what lies before the kept ones is read, not written again", async () => {
  const clearing = { aboveTokens: 8_000, keepToolUses: 2, atLeastTokens: 2_000 };
  const answers = await turns(`Clearing. ${"c".repeat(4_000)}`, growing(1, 4_000, 14), { clearing });
  const cleared = answers.map((answer) => answer.clearedTokens ?? 0);
  expect(cleared.slice(0, 5)).toEqual([0, 0, 0, 0, 0]);
  expect(cleared.at(-1)).toBeGreaterThan(10_000);
  const { usage } = answers.at(-1) ?? { usage: undefined };
  expect(usage?.cacheWrite5mTokens).toBeLessThan(4_200);
  expect(usage?.cacheReadTokens).toBeGreaterThan(5_000);
});

test("the meter says of all of it what we say", async () => {
  stub.state.ledger.reset();
  const all = [
    ...(await turns(`Meter. ${"m".repeat(3_000)}`, growing(2, 3_000, 6))),
    ...(await turns(`Meter. ${"m".repeat(3_000)}`, growing(2, 60_000, 6), { unmarked: true })),
    ...(await turns(`An hour. ${"m".repeat(3_000)}`, growing(2, 3_000, 6), { waits: true })),
  ];
  expect(all.reduce((total, { usage }) => total + usage.cacheWrite1hTokens, 0)).toBeGreaterThan(5_000);
  const ours = all.map((answer) => costOf(MODEL, answer.usage));
  const sum = ours.reduce((total, cost) => total + (cost.kind === "priced" ? cost.microUsd : Number.NaN), 0);
  expect(stub.state.ledger.totals()).toMatchObject({ completed: 18, costMicroUsd: sum, unpriced: 0 });
});
