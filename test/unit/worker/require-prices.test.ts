import { expect, test } from "vitest";
import { requirePrices } from "../../../services/worker/require-prices.ts";

test.each([["anthropic"], ["claude-aws"]])("%s has the list prices", (platform) => {
  expect(() => requirePrices([platform, undefined], new Map())).not.toThrow();
});

test.each([["bedrock"], ["bedrock-mantle"]])("%s has prices of its own, which nobody may guess", (platform) => {
  expect(() => requirePrices(["anthropic", platform], new Map())).toThrow(
    "no price is known for bedrock:claude-haiku-5-5, bedrock:claude-sonnet-5-5, bedrock:claude-opus-5-5",
  );
});
