import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { evidence, type Ladder } from "../../../services/contract/routing.ts";
import { afterEvidence, type Seen, tierAbove, timesToClimb } from "../../../services/core/escalation.ts";

const next = { model: "claude-sonnet-5-5", microUsd: 500 };
const seen = (overrides: Partial<Seen> = {}): Seen => ({
  evidence: "invalid",
  times: 2,
  model: "claude-haiku-5-5",
  next,
  againMicroUsd: 30,
  leftMicroUsd: 1_000,
  ...overrides,
});

describe("what follows evidence", () => {
  test.each<[string, Partial<Seen>, string]>([
    ["the first invalid output is told to the model", { times: 1 }, "again"],
    ["the second lifts the run", { times: 2 }, "climb"],
    ["a first cut answer is told to the model", { evidence: "cut", times: 1 }, "again"],
    ["the second lifts the run", { evidence: "cut", times: 2 }, "climb"],
    ["two equal tool errors are the model's to deal with", { evidence: "tool", times: 2 }, "stay"],
    ["three lift the run", { evidence: "tool", times: 3 }, "climb"],
    ["one no of the verifier lifts the run", { evidence: "verify", times: 1 }, "climb"],
    ["or is told to the model on the highest tier", { evidence: "verify", times: 1, next: undefined }, "again"],
    ["a second no ends it there", { evidence: "verify", times: 2, next: undefined }, "stay"],
    ["a second invalid output ends it there", { next: undefined }, "stay"],
    ["three equal tool errors go on there", { evidence: "tool", times: 3, next: undefined }, "stay"],
    ["no tier that the budget does not cover", { leftMicroUsd: 499 }, "stay"],
    ["a tier that it just covers", { leftMicroUsd: 500 }, "climb"],
    [
      "the verifier is told to the model when the tier is too dear",
      { evidence: "verify", times: 1, leftMicroUsd: 400 },
      "again",
    ],
    ["no other call that the budget does not cover", { times: 1, leftMicroUsd: 29 }, "stay"],
    ["no other call of a model without a price", { times: 1, againMicroUsd: undefined }, "stay"],
  ])("%s", (_what, given, kind) => {
    expect(afterEvidence(seen(given)).kind).toBe(kind);
  });
});

describe("tiers", () => {
  const ladder: Ladder = { tiers: [{ model: "a" }, { model: "b" }, { model: "c" }], top: 1 };
  test.each([
    ["a", "b"],
    ["b", undefined],
    ["c", undefined],
    ["another", undefined],
  ])("above %s is %s where evidence lifts to the second", (model, above) => {
    expect(tierAbove(ladder, model)).toBe(above);
  });
  test("none where a classifier chooses and evidence lifts nowhere", () => {
    expect(tierAbove({ ...ladder, top: -1 }, "a")).toBeUndefined();
  });
});

const someEvidence = fc.array(
  fc.record({
    evidence: fc.constantFrom(...evidence.options),
    costMicroUsd: fc.nat(200),
    nextMicroUsd: fc.integer({ min: 1, max: 2_000 }),
    againMicroUsd: fc.integer({ min: 1, max: 500 }),
  }),
  { maxLength: 60 },
);

describe("properties of a run's climbs", () => {
  test("at most one for each tier, never beyond the budget, the same for the same evidence, each with its reason", () => {
    const models = ["a", "b", "c", "d"];
    const run = fc.tuple(someEvidence, fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 5_000 }));
    fc.assert(
      fc.property(run, ([turns, top, budget]) => {
        const ladder: Ladder = { tiers: models.map((model) => ({ model })), top };
        const left = { microUsd: budget };
        let model = "a";
        let times = new Map<string, number>();
        const visited = [model];
        for (const turn of turns) {
          left.microUsd -= Math.min(turn.costMicroUsd, left.microUsd);
          const count = (times.get(turn.evidence) ?? 0) + 1;
          times.set(turn.evidence, count);
          const above = tierAbove(ladder, model);
          const given = seen({
            ...{ evidence: turn.evidence, times: count, model, againMicroUsd: turn.againMicroUsd },
            next: above === undefined ? undefined : { model: above, microUsd: turn.nextMicroUsd },
            leftMicroUsd: left.microUsd,
          });
          const decision = afterEvidence(given);
          expect(afterEvidence(given)).toEqual(decision);
          expect(decision.because).toContain(model);
          if (decision.kind !== "stay") expect(decision.nextMicroUsd).toBeLessThanOrEqual(left.microUsd);
          if (decision.kind === "again") expect(count).toBe(1);
          if (decision.kind !== "climb") continue;
          expect(count).toBeGreaterThanOrEqual(timesToClimb[turn.evidence]);
          model = decision.to;
          visited.push(model);
          times = new Map();
        }
        expect(new Set(visited).size).toBe(visited.length);
        expect(visited).toEqual(models.slice(0, visited.length));
        expect(visited.length - 1).toBeLessThanOrEqual(top);
      }),
    );
  });
});
