/** Routing: each kind of evidence, as told to the model, as decided, as recorded, and what it may not do. */
import { expect, test } from "vitest";
import { ask, type ModelStep, say } from "../../services/adapters/memory/scripted-model.ts";
import type { Message } from "../../services/contract/turn.ts";
import type { ModelRequest } from "../../services/ports/model.ts";
import { aRoutedWorld } from "./routing-fixture.ts";

const HAIKU = "claude-haiku-5-5";
const SONNET = "claude-sonnet-5-5";
const OPUS = "claude-opus-5-5";

const good = say(JSON.stringify({ answer: "because" }));
const invalid = say("no JSON at all");
const cut: ModelStep = { kind: "answer", content: [{ type: "text", text: "too lo" }], stopReason: "max_tokens" };
const looks = (turn: number, at: string): ModelStep => ({
  ...ask([{ id: `toolu_${turn}`, name: "look", input: { at } }]),
  ...{ content: [{ type: "thinking", thinking: "hm", signature: "s" }, ...uses(turn, at)] },
});
const uses = (turn: number, at: string) => [{ type: "tool_use", id: `toolu_${turn}`, name: "look", input: { at } }];

/** What each model answers, whatever the run. */
const by =
  (steps: Readonly<Record<string, (request: ModelRequest) => ModelStep>>) =>
  (request: ModelRequest): ModelStep =>
    (steps[request.model] ?? (() => good))(request);

const textOf = (message: Message | undefined): string => JSON.stringify(message?.content ?? "");
const modelsOf = (calls: readonly ModelRequest[]) => calls.map(({ model }) => model);

test("an invalid output is told to the model, a second one lifts the run; it goes on from its last good point", async () => {
  const world = await aRoutedWorld();
  world.model.otherwise(by({ [HAIKU]: () => invalid }));
  const id = await world.submit("climber");
  world.start();
  const head = await world.ended(id);
  expect(head).toMatchObject({ state: "SUCCEEDED", model: SONNET, route: "agent>2invalid", turn: 4 });
  const { calls } = world.model;
  expect(modelsOf(calls)).toEqual([HAIKU, HAIKU, SONNET]);
  expect(textOf(calls[1]?.messages.at(-1))).toContain("the answer is not JSON");
  expect(calls[1]?.messages).toHaveLength(3);
  expect(calls[2]?.messages).toHaveLength(1);
  expect(textOf(calls[2]?.messages[0])).toMatch(/Why\?.*could not be used: the answer is not JSON/);
  expect(await world.view(id)).toMatchObject({
    model: SONNET,
    because: ["the agent names it", "after turn 2: the output was invalid twice, so one tier higher"],
    output: { answer: "because" },
  });
  const [first, second, third] = await world.turns(id);
  expect(first).toMatchObject({ model: HAIKU, flaw: "invalid" });
  expect(first?.climb).toBeUndefined();
  expect(second).toMatchObject({ flaw: "invalid", climb: { from: HAIKU, to: SONNET, evidence: "invalid" } });
  expect(second?.climb?.because).toBe(`the output was invalid twice on ${HAIKU}: on to ${SONNET}`);
  expect([third?.model, third?.flaw]).toEqual([SONNET, undefined]);
  expect(world.events.of("run.escalated")).toMatchObject([{ runId: id, turn: 2, from: HAIKU, to: SONNET }]);
});

test("price and limit class follow the model in use", async () => {
  const world = await aRoutedWorld();
  world.model.otherwise(by({ [HAIKU]: () => invalid }));
  const id = await world.submit("climber");
  world.start();
  await world.ended(id);
  const [first, , third] = await world.turns(id);
  expect(first?.costMicroUsd).toBe(Math.ceil(100 * 0.1 + 20 * 0.5));
  expect(third?.costMicroUsd).toBe(100 * 2 + 20 * 10);
  const classes = await Promise.all(
    [HAIKU, SONNET, OPUS].map((limitClass) =>
      world.limiter.read({ platform: "test", workspace: "default", limitClass }).then(({ item }) => item !== undefined),
    ),
  );
  expect(classes).toEqual([true, true, false]);
});

test("the same error of a tool three times lifts the run; what it did stays in the history, without the reasoning", async () => {
  const world = await aRoutedWorld();
  world.model.otherwise(by({ [HAIKU]: ({ turn }) => looks(turn, "bad") }));
  const id = await world.submit("climber");
  world.start();
  expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: SONNET, route: "agent>4tool" });
  const last = world.model.calls.at(-1);
  expect(last?.model).toBe(SONNET);
  expect(last?.messages.map(({ role }) => role)).toEqual([
    "user",
    "assistant",
    "user",
    "assistant",
    "user",
    "assistant",
    "user",
  ]);
  expect(JSON.stringify(last?.messages)).not.toContain("thinking");
  expect(textOf(last?.messages.at(-1))).toContain("there is no page");
  expect(JSON.stringify(world.model.calls.at(-2)?.messages)).toContain("thinking");
});

test("other errors, or the third of a kind in an answer that needs no more tools, lift nothing", async () => {
  const world = await aRoutedWorld();
  const words = ["ok", "bad", "bad"];
  world.model.otherwise(({ turn }) => (turn <= 3 ? looks(turn, words[turn - 1] ?? "") : good));
  const id = await world.submit("climber");
  world.start();
  expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: HAIKU, route: "agent" });
});

test("an answer that is cut twice lifts the run", async () => {
  const world = await aRoutedWorld();
  world.model.otherwise(by({ [HAIKU]: () => cut }));
  const id = await world.submit("climber");
  world.start();
  expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: SONNET, route: "agent>2cut" });
  expect(textOf(world.model.calls[1]?.messages.at(-1))).toContain("cut off at max_tokens (4096)");
});

test("tools that a cut answer asked for are not run, and the model is told so", async () => {
  const world = await aRoutedWorld();
  const half: ModelStep = { kind: "answer", content: uses(1, "ok"), stopReason: "max_tokens" };
  world.model.otherwise(({ turn }) => (turn === 1 ? half : good));
  const id = await world.submit("climber");
  world.start();
  expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: HAIKU });
  const told = textOf(world.model.calls[1]?.messages.at(-1));
  expect(told).toMatch(/tool_result.*toolu_1.*Not run/);
});

test("an answer that was cut in its reasoning leaves nothing that could be sent again", async () => {
  const world = await aRoutedWorld();
  const thought: ModelStep = {
    kind: "answer",
    content: [{ type: "thinking", thinking: "so" }],
    stopReason: "max_tokens",
  };
  world.model.otherwise(({ turn }) => (turn === 1 ? thought : good));
  const id = await world.submit("climber");
  world.start();
  expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: HAIKU });
  expect(world.model.calls[1]?.messages.map(({ role }) => role)).toEqual(["user", "user"]);
});

test("a no of the agent's verify lifts the run, and the next model hears why", async () => {
  const world = await aRoutedWorld();
  world.model.otherwise(by({ [HAIKU]: () => say(JSON.stringify({ answer: "Why?" })) }));
  const id = await world.submit("checked");
  world.start();
  expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: SONNET, route: "agent>1verify" });
  expect(textOf(world.model.calls[1]?.messages[0])).toContain("it only repeats the question");
});

test("on the highest tier a flawed answer is told once more; then the run fails and says why", async () => {
  const world = await aRoutedWorld();
  world.model.otherwise(() => invalid);
  const id = await world.submit("climber");
  world.start();
  const head = await world.ended(id);
  expect(head).toMatchObject({
    state: "FAILED",
    reason: "output-invalid",
    model: OPUS,
    route: "agent>2invalid>4invalid",
  });
  expect(head.detail).toContain("there is no higher tier");
  expect(modelsOf(world.model.calls)).toEqual([HAIKU, HAIKU, SONNET, SONNET, OPUS, OPUS]);
});

test("an agent without a ladder is asked once more on its own model", async () => {
  const world = await aRoutedWorld();
  world.model.otherwise(() => invalid);
  const id = await world.submit("settled");
  world.start();
  expect(await world.ended(id)).toMatchObject({ state: "FAILED", reason: "output-invalid", model: HAIKU });
  expect(modelsOf(world.model.calls)).toEqual([HAIKU, HAIKU]);
});

test("turns that brought the run no further are not held against the agent's turn limit", async () => {
  const world = await aRoutedWorld();
  world.model.otherwise(by({ [HAIKU]: () => invalid, [SONNET]: ({ turn }) => (turn === 3 ? invalid : good) }));
  const id = await world.submit("onestep");
  world.start();
  expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: SONNET, turn: 5 });
});

test("no tier that the run's budget does not cover: it ends as if there were none, with the money unspent", async () => {
  const world = await aRoutedWorld();
  world.model.otherwise(() => invalid);
  const id = await world.submit("climber", { budgetMicroUsd: 12_000 });
  world.start();
  const head = await world.ended(id);
  expect(head).toMatchObject({ state: "FAILED", reason: "output-invalid", model: HAIKU, route: "agent" });
  expect(head.detail).toMatch(/a call on claude-sonnet-5-5 may cost \d+ micro-USD; \d+ are left/);
  expect(modelsOf(world.model.calls)).toEqual([HAIKU, HAIKU]);
});

test("a worker that dies after the climb: the next one goes on with the same model and the same bytes", async () => {
  const world = await aRoutedWorld();
  world.model.otherwise(by({ [HAIKU]: () => invalid, [SONNET]: () => ({ kind: "stall" }) }));
  const id = await world.submit("climber");
  world.start();
  await world.clock.advanceUntil(() => world.model.calls.length === 3, 5_000);
  world.model.otherwise(() => good);
  await world.loseHolder(id);
  world.start();
  expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: SONNET, route: "agent>2invalid" });
  const [, , lost, again] = world.model.calls;
  expect(again?.model).toBe(SONNET);
  expect(again?.messages).toEqual(lost?.messages);
  expect(world.events.of("run.escalated")).toHaveLength(1);
});
