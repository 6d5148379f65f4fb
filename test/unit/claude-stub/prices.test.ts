import { expect, test } from "vitest";
import { prices } from "../../../services/contract/models.ts";
import { costOf } from "../../../services/core/cost.ts";
import { priceOf } from "../../../services/local/claude-stub/prices.ts";
import { NO_USAGE } from "../../../services/local/claude-stub/usage.ts";

const kinds = ["inputTokens", "outputTokens", "cacheWrite5mTokens", "cacheWrite1hTokens", "cacheReadTokens"] as const;

test.each(Object.keys(prices))(
  "%s costs the same by both tables, whichever tokens they are and however long the prompt",
  (model) => {
    for (const kind of kinds) {
      for (const count of [1, 777, 99_999, 100_001]) {
        const usage = { ...NO_USAGE, [kind]: count };
        const ours = costOf(model, usage);
        expect(ours.kind === "priced" ? ours.microUsd : undefined).toBe(priceOf(model, usage));
      }
    }
  },
);

test("a longer prompt prices every token anew, the answer's too; a model without a published price has none", () => {
  expect(priceOf("claude-haiku-5-5", { ...NO_USAGE, inputTokens: 100_000, outputTokens: 1_000 })).toBe(10_500);
  expect(priceOf("claude-haiku-5-5", { ...NO_USAGE, cacheReadTokens: 100_001, outputTokens: 1_000 })).toBe(7_501);
  expect(priceOf("claude-sonnet-5-5", { ...NO_USAGE, inputTokens: 3 }, 0.5)).toBe(3);
  expect(priceOf("claude-fable-5-2", NO_USAGE)).toBeUndefined();
});
