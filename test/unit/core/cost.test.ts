import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { priceLists, prices } from "../../../services/contract/models.ts";
import type { Usage } from "../../../services/contract/run.ts";
import { costOf, priceListOf, tokensAtMost, worstCost } from "../../../services/core/cost.ts";
import { aUsage } from "../../support/builders.ts";

const PROMPT_MAX = 1_000_000;
const OUTPUT_MAX = 64_000;

const modelId = fc.constantFrom(...Object.keys(prices));
const tokens = fc.oneof(fc.integer({ min: 0, max: 2_000 }), fc.integer({ min: 0, max: PROMPT_MAX / 4 }));
const anyUsage: fc.Arbitrary<Usage> = fc.record({
  inputTokens: tokens,
  cacheWrite5mTokens: tokens,
  cacheWrite1hTokens: tokens,
  cacheReadTokens: tokens,
  outputTokens: fc.integer({ min: 0, max: OUTPUT_MAX }),
});
const promptOf = (usage: Usage) =>
  usage.inputTokens + usage.cacheWrite5mTokens + usage.cacheWrite1hTokens + usage.cacheReadTokens;

function microUsd(priced: ReturnType<typeof costOf>): number {
  if (priced.kind !== "priced") throw new Error("the model has a price");
  return priced.microUsd;
}

describe("cost of a call", () => {
  test("each kind of token has its own price", () => {
    const none = aUsage({ inputTokens: 0, outputTokens: 0 });
    const million = (field: keyof Usage) => microUsd(costOf("claude-opus-5-5", { ...none, [field]: 1_000_000 }));
    expect(million("inputTokens")).toBe(4_000_000);
    expect(million("outputTokens")).toBe(20_000_000);
    expect(million("cacheWrite5mTokens")).toBe(5_000_000);
    expect(million("cacheWrite1hTokens")).toBe(8_000_000);
    expect(million("cacheReadTokens")).toBe(200_000);
  });

  test("the whole prompt picks the band, cache reads included, and the band prices all of it", () => {
    const at = (usage: Partial<Usage>) =>
      microUsd(costOf("claude-haiku-5-5", aUsage({ inputTokens: 0, outputTokens: 0, ...usage })));
    expect(at({ inputTokens: 100_000 })).toBe(10_000);
    expect(at({ inputTokens: 100_001 })).toBe(50_001);
    expect(at({ inputTokens: 10, cacheReadTokens: 100_000 })).toBe(5_005);
    expect(at({ inputTokens: 100_001, outputTokens: 1_000 })).toBe(50_001 + 2_500);
  });

  test("a fraction of a micro-USD is rounded up, nothing costs nothing", () => {
    const none = aUsage({ inputTokens: 0, outputTokens: 0 });
    expect(microUsd(costOf("claude-haiku-5-5", { ...none, cacheReadTokens: 1 }))).toBe(1);
    expect(microUsd(costOf("claude-haiku-5-5", none))).toBe(0);
  });

  test("an unknown model has no price, never 0", () => {
    for (const model of ["claude-unknown", "", "toString", "__proto__"]) {
      expect(costOf(model, aUsage())).toEqual({ kind: "unknown-model" });
      expect(worstCost(model, 1_000, 1_000)).toEqual({ kind: "unknown-model" });
    }
  });

  test("costs are whole, and more tokens never cost less", () => {
    fc.assert(
      fc.property(modelId, anyUsage, anyUsage, (model, a, b) => {
        const more: Usage = {
          inputTokens: a.inputTokens + b.inputTokens,
          outputTokens: a.outputTokens + b.outputTokens,
          cacheWrite5mTokens: a.cacheWrite5mTokens + b.cacheWrite5mTokens,
          cacheWrite1hTokens: a.cacheWrite1hTokens + b.cacheWrite1hTokens,
          cacheReadTokens: a.cacheReadTokens + b.cacheReadTokens,
        };
        const [less, all] = [microUsd(costOf(model, a)), microUsd(costOf(model, more))];
        expect(Number.isSafeInteger(less)).toBe(true);
        expect(all).toBeGreaterThanOrEqual(less);
      }),
    );
  });
});

describe("price lists", () => {
  const usage = aUsage({ inputTokens: 1_001, outputTokens: 3, cacheReadTokens: 7 });

  test("a batch costs half of each price, rounded up once, after halving", () => {
    const pico = 1_001 * 100_000 + 3 * 500_000 + 7 * 10_000;
    expect(microUsd(costOf("claude-haiku-5-5", usage))).toBe(Math.ceil(pico / 1_000_000));
    expect(microUsd(costOf("claude-haiku-5-5", usage, { batch: true }))).toBe(Math.ceil(pico / 2_000_000));
  });

  test("lists ascend by date, bands by prompt, and the last band takes every prompt", () => {
    for (const [model, lists] of Object.entries(priceLists)) {
      const from = lists.map(({ effectiveFrom }) => Date.parse(effectiveFrom));
      expect(from, model).toEqual([...from].sort((a, b) => a - b));
      expect(new Set(from).size).toBe(from.length);
      for (const { bands } of lists) {
        const reach = bands.map(({ promptTokensMax }) => promptTokensMax);
        expect(reach, model).toEqual([...reach].sort((a, b) => a - b));
        expect(reach.at(-1)).toBe(PROMPT_MAX);
        for (const { promptTokensMax: _, batchShare, ...six } of bands) {
          expect(batchShare).toBe(0.5);
          for (const pico of Object.values(six)) expect(Number.isSafeInteger(pico) && pico > 0).toBe(true);
        }
      }
    }
  });

  test("the list in force at the time of the call: from midnight UTC of its day on, and the first one before that", () => {
    const [first] = priceLists["claude-opus-5-5"] ?? [];
    const day = Date.parse("2026-09-23T00:00:00Z");
    for (const atMs of [0, day - 1, day, day + 1, undefined]) expect(priceListOf("claude-opus-5-5", atMs)).toBe(first);
    expect(priceListOf("claude-unknown", day)).toBeUndefined();
  });
});

describe("worst cost of a call", () => {
  test("no usage within the bounds costs more, whatever the mix and the band", () => {
    fc.assert(
      fc.property(modelId, anyUsage, fc.nat(50_000), fc.nat(4_000), (model, usage, morePrompt, moreOutput) => {
        const promptMax = Math.min(PROMPT_MAX, promptOf(usage) + morePrompt);
        const worst = microUsd(worstCost(model, promptMax, usage.outputTokens + moreOutput));
        expect(worst).toBeGreaterThanOrEqual(microUsd(costOf(model, usage)));
      }),
    );
  });

  test("it is reached: a prompt of dearest tokens just at the bound costs exactly that", () => {
    const usage = aUsage({ inputTokens: 0, cacheWrite1hTokens: 50_000, outputTokens: 700 });
    expect(worstCost("claude-haiku-5-5", 50_000, 700)).toEqual(costOf("claude-haiku-5-5", usage));
  });

  test("a bound that reaches the next band is priced at it", () => {
    const low = microUsd(worstCost("claude-haiku-5-5", 100_000, 1_000));
    const high = microUsd(worstCost("claude-haiku-5-5", 100_001, 1_000));
    expect(low).toBe(20_000 + 500);
    expect(high).toBe(100_001 + 2_500);
  });
});

test("the token bound of a text is never below a third of its bytes", () => {
  expect(tokensAtMost(0)).toBe(0);
  expect(tokensAtMost(1)).toBe(1);
  expect(tokensAtMost(3_000)).toBe(1_000);
  expect(tokensAtMost(3_001)).toBe(1_001);
});
