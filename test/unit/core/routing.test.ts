import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { type ModelClass, modelClass, modelOfClass } from "../../../services/contract/models.ts";
import { worstCost } from "../../../services/core/cost.ts";
import { chooseStart, type ModelWish, type NamedModel, type RouteFacts } from "../../../services/core/routing.ts";

const CLASSES = modelClass.options;
const rank = (model: string) => Object.values(modelOfClass).indexOf(model);

/** A run with enough of everything, of which no rule says anything. */
const facts = (overrides: Partial<RouteFacts> = {}): RouteFacts => ({
  wish: { route: "rules" },
  asked: undefined,
  escalateTo: undefined,
  planMax: undefined,
  promptTokens: 5_000,
  tools: 2,
  unsafeTools: 0,
  structured: true,
  turnsMax: 20,
  budgetMicroUsd: 10_000_000,
  deadlineMs: limits.deadlineDefaultMs,
  worstMicroUsd: (model) => {
    const worst = worstCost(model, 5_000, 4_096);
    return worst.kind === "priced" ? worst.microUsd : undefined;
  },
  ...overrides,
});
const start = (overrides: Partial<RouteFacts> = {}) => chooseStart(facts(overrides), modelOfClass);
const tiers = (overrides: Partial<RouteFacts>) => start(overrides).ladder.tiers.map(({ model }) => model);

describe("the first model", () => {
  test.each<[string, Partial<RouteFacts>, string, string]>([
    ["what the agent names", { wish: "hard" }, "claude-opus-5-5", "agent"],
    ["a model that the agent names", { wish: { id: "claude-sonnet-5" } }, "claude-sonnet-5", "agent"],
    ["what the submit asks for, before the agent", { wish: "hard", asked: "simple" }, "claude-haiku-5-5", "submit"],
    ["a model that the submit asks for", { wish: "hard", asked: { id: "claude-opus-5" } }, "claude-opus-5", "submit"],
    ["no rule: the usual class", {}, "claude-sonnet-5-5", "default"],
    ["a near deadline", { deadlineMs: limits.routeHurryMs, unsafeTools: 1 }, "claude-haiku-5-5", "deadline"],
    ["a deadline a little later", { deadlineMs: limits.routeHurryMs + 1 }, "claude-sonnet-5-5", "default"],
    ["a long prompt", { promptTokens: limits.routeLongTokens + 1, tools: 0 }, "claude-sonnet-5-5", "input"],
    ["an unsafe tool", { unsafeTools: 1 }, "claude-sonnet-5-5", "tools"],
    ["many tools", { tools: limits.routeToolsMany + 1 }, "claude-sonnet-5-5", "tools"],
    ["short, no tools, a schema", { tools: 0 }, "claude-haiku-5-5", "small"],
    ["no schema", { tools: 0, structured: false }, "claude-sonnet-5-5", "default"],
    ["not short", { tools: 0, promptTokens: limits.routeShortTokens + 1 }, "claude-sonnet-5-5", "default"],
    ["a small budget", { budgetMicroUsd: 200_000 }, "claude-haiku-5-5", "budget"],
    ["a small budget for one turn", { budgetMicroUsd: 200_000, turnsMax: 1 }, "claude-sonnet-5-5", "default"],
    ["a plan below", { planMax: "simple" }, "claude-haiku-5-5", "plan"],
    ["a plan below what the agent names", { wish: "hard", planMax: "standard" }, "claude-sonnet-5-5", "plan"],
    ["a plan above", { planMax: "hard" }, "claude-sonnet-5-5", "default"],
    ["no rule, and the agent wants a classifier", { wish: { route: "classify" } }, "claude-haiku-5-5", "judging"],
    ["a rule, so that no classifier is asked", { wish: { route: "classify" }, tools: 0 }, "claude-haiku-5-5", "small"],
  ])("%s", (_what, given, model, rule) => {
    expect(start(given)).toMatchObject({ model, rule });
  });

  test("classes mean what the deployment says", () => {
    const models = { ...modelOfClass, standard: "claude-opus-5-5" };
    expect(chooseStart(facts({ wish: "standard", escalateTo: "hard" }), models)).toMatchObject({
      model: "claude-opus-5-5",
      ladder: { tiers: [{ class: "standard", model: "claude-opus-5-5" }], top: 0 },
    });
  });
});

describe("the ladder", () => {
  const all = ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"];
  test.each<[string, Partial<RouteFacts>, readonly string[]]>([
    ["one step where the agent does not say how far", { wish: "simple" }, all.slice(0, 1)],
    ["as far as the agent says", { wish: "simple", escalateTo: "standard" }, all.slice(0, 2)],
    ["from where the submit begins", { wish: "simple", escalateTo: "hard", asked: "standard" }, all.slice(1)],
    ["not above the plan", { wish: "simple", escalateTo: "hard", planMax: "standard" }, all.slice(0, 2)],
    ["nothing below the start", { wish: "hard", escalateTo: "simple" }, all.slice(2)],
    ["none for a model that is named", { wish: { id: "claude-opus-5" }, escalateTo: "hard" }, ["claude-opus-5"]],
    ["all that a classifier may choose", { wish: { route: "classify" } }, all],
  ])("%s", (_what, given, models) => {
    expect(tiers(given)).toEqual(models);
  });

  test("a classifier chooses freely; evidence lifts as far as the agent says", () => {
    expect(start({ wish: { route: "classify" }, escalateTo: "standard" }).ladder).toMatchObject({
      top: 1,
      classify: "claude-haiku-5-5",
    });
    expect(start({ wish: { route: "classify" } }).ladder.top).toBe(-1);
  });
});

const aClass = fc.constantFrom<ModelClass>(...CLASSES);
const aNamed: fc.Arbitrary<NamedModel> = fc.oneof(aClass, fc.constantFrom({ id: "claude-opus-5" }, { id: "claude-x" }));
const aWish: fc.Arbitrary<ModelWish> = fc.oneof(
  aNamed,
  fc.constantFrom({ route: "rules" } as const, { route: "classify" } as const),
);
const someFacts = fc.record({
  wish: aWish,
  asked: fc.option(aNamed, { nil: undefined }),
  escalateTo: fc.option(aClass, { nil: undefined }),
  planMax: fc.option(aClass, { nil: undefined }),
  promptTokens: fc.nat(1_000_000),
  tools: fc.nat(20),
  unsafeTools: fc.nat(3),
  structured: fc.boolean(),
  turnsMax: fc.integer({ min: 1, max: 200 }),
  budgetMicroUsd: fc.integer({ min: 1, max: 20_000_000 }),
  deadlineMs: fc.integer({ min: 1, max: limits.deadlineMaxMs }),
});

describe("properties", () => {
  test("the same facts give the same answer, with a reason, on the first step of a rising ladder", () => {
    fc.assert(
      fc.property(someFacts, (given) => {
        const chosen = start(given);
        expect(start(given)).toEqual(chosen);
        expect(chosen.because).not.toBe("");
        const models = chosen.ladder.tiers.map(({ model }) => model);
        expect(models.toSorted((a, b) => rank(a) - rank(b))).toEqual(models);
        expect(new Set(models).size).toBe(models.length);
        expect(chosen.ladder.classify ?? models[0]).toBe(chosen.model);
        expect(chosen.ladder.top).toBeLessThan(models.length);
      }),
    );
  });

  test("no ladder goes above the plan unless a person named the class, and none above what the agent allows by evidence", () => {
    fc.assert(
      fc.property(someFacts, (given) => {
        const { ladder, rule } = start(given);
        const byName = rule === "submit" || (rule === "agent" && typeof given.wish === "object");
        const highest = rank(ladder.tiers.at(-1)?.model ?? "");
        if (given.planMax !== undefined && !byName)
          expect(highest).toBeLessThanOrEqual(rank(modelOfClass[given.planMax]));
        const top = ladder.tiers[ladder.top];
        if (top !== undefined && ladder.top > 0)
          expect(rank(top.model)).toBeLessThanOrEqual(rank(modelOfClass[given.escalateTo ?? "simple"]));
      }),
    );
  });
});
