import { expect, test } from "vitest";
import { asksForClearing, chooseClearing } from "../../../services/core/clearing.ts";

test("clearing begins before prompts get dearer, where the model has such an edge, else before they are refused", () => {
  expect(chooseClearing("claude-haiku-5-5").clearing).toMatchObject({ aboveTokens: 75_000, atLeastTokens: 10_000 });
  expect(chooseClearing("claude-sonnet-5-5").clearing).toMatchObject({ aboveTokens: 750_000 });
  expect(chooseClearing("claude-of-old")).toEqual({
    clearing: undefined,
    because: expect.stringContaining("not known"),
  });
});

test("a call asks for it once a prompt came half-way, and then always", () => {
  const clearing = { aboveTokens: 100, keepToolUses: 3, atLeastTokens: 10 };
  const asks = (...prompts: number[]) =>
    asksForClearing(
      clearing,
      prompts.map((promptTokens) => ({ promptTokens })),
    );
  expect([asks(), asks(10, 49), asks(10, 50), asks(10, 50, 20)]).toEqual([false, false, true, true]);
});
