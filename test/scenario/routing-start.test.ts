/** Where a run begins: what a submit may ask for, what the rules and the plan say, and the classifier's turn. */
import { describe, expect, test } from "vitest";
import { ask, type ModelStep, say } from "../../services/adapters/memory/scripted-model.ts";
import { problem } from "../../services/contract/http.ts";
import { usualRouting } from "../../services/contract/routing.ts";
import { aRoutedWorld } from "./routing-fixture.ts";

const HAIKU = "claude-haiku-5-5";
const SONNET = "claude-sonnet-5-5";
const OPUS = "claude-opus-5-5";
const good = say(JSON.stringify({ answer: "because" }));
const body = (agent: string, more: object = {}) => ({ agent, input: { question: "Why?" }, ...more });

describe("a submit", () => {
  test.each([
    ["climber", "simple", HAIKU],
    ["climber", "hard", OPUS],
    ["ruled", "standard", SONNET],
  ])("of %s may ask for %s", async (agent, model, begins) => {
    const world = await aRoutedWorld();
    const id = await world.submit(agent, { model });
    expect(await world.view(id)).toMatchObject({ model: begins, because: ["the submit asked for it"] });
  });

  test.each([
    ["climber", "standard", "model-not-allowed", /climber allows simple, hard, not standard/],
    ["settled", OPUS, "model-not-allowed", /settled allows simple/],
    ["climber", "claude-99", "unknown-model", /claude-99 is no class and no model/],
    ["climber", "__proto__", "unknown-model", /__proto__/],
    ["climber", "", "invalid-request", /./],
  ])("of %s may not ask for %s", async (agent, model, code, message) => {
    const world = await aRoutedWorld();
    const response = await world.ask("POST", "/v1/runs", body(agent, { model }));
    const said = problem.parse(await response.json());
    expect(said).toMatchObject({ code, errors: [{ field: "model" }] });
    expect(said.errors?.[0]?.message).toMatch(message);
    expect((await world.index.byTenant({ tenant: (await anId(world)).tenant, limit: 10 })).ids).toHaveLength(1);
  });

  test("of many names the run whose model is refused", async () => {
    const world = await aRoutedWorld();
    const runs = [body("climber"), body("climber", { model: "nonsense" })];
    const said = problem.parse(await (await world.ask("POST", "/v1/runs", { runs })).json());
    expect(said).toMatchObject({ code: "unknown-model", errors: [{ field: "runs[1].model" }] });
  });
});

/** A run that is there, so that a list of one shows that nothing else is. */
const anId = async (world: Awaited<ReturnType<typeof aRoutedWorld>>) => world.view(await world.submit("climber"));

describe("a tenant's plan", () => {
  const routing = { ...usualRouting, plans: { "*": "hard", acme: "standard" } } as const;

  test("lowers the ladder, and refuses what a submit asks for above it", async () => {
    const world = await aRoutedWorld(routing);
    const said = problem.parse(await (await world.ask("POST", "/v1/runs", body("climber", { model: "hard" }))).json());
    expect(said).toMatchObject({ code: "model-not-allowed", errors: [{ field: "model" }] });
    world.model.otherwise(() => say("never JSON"));
    const id = await world.submit("climber");
    world.start();
    expect(await world.ended(id)).toMatchObject({ state: "FAILED", model: SONNET });
  });
});

test("classes mean what the deployment says; a run keeps the ladder that it was accepted with", async () => {
  const world = await aRoutedWorld({ ...usualRouting, models: { ...usualRouting.models, simple: "claude-haiku-4-5" } });
  const id = await world.submit("climber");
  world.model.otherwise(({ model }) => (model === "claude-haiku-4-5" ? say("never JSON") : good));
  world.start();
  expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: SONNET });
});

describe("the classifier", () => {
  const says = (cls: string) => say(JSON.stringify({ class: cls }));
  const withVerdict = (verdict: ModelStep) => async () => {
    const world = await aRoutedWorld();
    world.model.otherwise(({ outputSchema }) => (JSON.stringify(outputSchema).includes('"class"') ? verdict : good));
    return world;
  };

  test.each([
    ["simple", says("simple"), HAIKU],
    ["standard", says("standard"), SONNET],
    ["hard", says("hard"), OPUS],
    ["no class", says("terrible"), SONNET],
    ["nothing that can be read", say("hard"), SONNET],
  ])("says %s", async (_what, verdict, model) => {
    const world = await withVerdict(verdict)();
    const id = await world.submit("judged");
    expect(await world.view(id)).toMatchObject({
      model: HAIKU,
      because: [expect.stringContaining("classifier is asked")],
    });
    world.start();
    expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model, route: "judged", turn: 3 });
    const [asked, first] = world.model.calls;
    expect(asked).toMatchObject({ model: HAIKU, tools: [], messages: [{ role: "user" }] });
    expect(first).toMatchObject({ model, messages: [{ role: "user", content: "Why?" }] });
    const [classified, answered] = await world.turns(id);
    expect(classified).toMatchObject({ step: "classify", model: HAIKU, costMicroUsd: 20 });
    expect(answered).toMatchObject({ model });
    expect(world.events.of("run.routed")).toEqual([{ runId: id, turn: 1, model, because: "the classifier chose it" }]);
  });

  test("is asked once: whoever goes on after it, goes on with what it said", async () => {
    const world = await aRoutedWorld();
    world.model.otherwise(({ outputSchema }) =>
      JSON.stringify(outputSchema).includes('"class"') ? says("hard") : { kind: "stall" },
    );
    const id = await world.submit("judged");
    world.start();
    await world.clock.advanceUntil(() => world.model.calls.length === 2, 5_000);
    world.model.otherwise(() => good);
    await world.loseHolder(id);
    world.start();
    expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: OPUS, turn: 3 });
    const [, lost, again] = world.model.calls;
    expect(again).toMatchObject({ model: OPUS, messages: lost?.messages });
  });

  test("is not asked when the budget covers few calls of the usual class", async () => {
    const world = await withVerdict(says("hard"))();
    const id = await world.submit("judged", { budgetMicroUsd: 100_000 });
    world.start();
    expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: HAIKU, route: "budget", turn: 2 });
  });

  test("chose a class whose model then fails: evidence lifts the run further", async () => {
    const world = await aRoutedWorld();
    world.model.otherwise(({ outputSchema, model, turn }) => {
      if (JSON.stringify(outputSchema).includes('"class"')) return says("simple");
      return model === HAIKU ? ask([{ id: `toolu_${turn}`, name: "look", input: { at: "bad" } }]) : good;
    });
    const id = await world.submit("judged");
    world.start();
    expect(await world.ended(id)).toMatchObject({ state: "SUCCEEDED", model: SONNET, route: "judged>5tool" });
  });
});
