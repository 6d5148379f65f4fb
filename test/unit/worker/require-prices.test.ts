import { expect, test } from "vitest";
import { modelOfClass } from "../../../services/contract/models.ts";
import { requirePrices } from "../../../services/worker/require-prices.ts";

test.each([["anthropic"], ["claude-aws"]])("%s has the list prices", (platform) => {
  expect(() =>
    requirePrices({ platforms: [platform, undefined], agents: new Map(), classes: modelOfClass }),
  ).not.toThrow();
});

test.each([["bedrock"], ["bedrock-mantle"]])("%s has prices of its own, which nobody may guess", (platform) => {
  expect(() => requirePrices({ platforms: ["anthropic", platform], agents: new Map(), classes: modelOfClass })).toThrow(
    "no price is known for bedrock:claude-haiku-5-5, bedrock:claude-sonnet-5-5, bedrock:claude-opus-5-5",
  );
});

test("what a deployment's classes mean must have a price, not what they usually mean", () => {
  const classes = { simple: "claude-haiku-4-5", standard: "claude-opus-5", hard: "claude-opus-5" };
  expect(() => requirePrices({ platforms: ["bedrock"], agents: new Map(), classes })).toThrow(
    /known for bedrock:claude-haiku-4-5, bedrock:claude-opus-5:/,
  );
});
