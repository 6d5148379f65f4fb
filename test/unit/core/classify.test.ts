import { describe, expect, test } from "vitest";
import { limits } from "../../../services/contract/limits.ts";
import { classIn, classifierOf, classifyPrompt, judgedTier } from "../../../services/core/classify.ts";

const ladder = {
  tiers: [
    { class: "simple", model: "a" },
    { class: "standard", model: "b" },
    { class: "hard", model: "c" },
  ],
  top: 2,
} as const;
const prices: Readonly<Record<string, number>> = { a: 10, b: 100, c: 200 };
const afford = (leftMicroUsd: number) => ({ leftMicroUsd, worstMicroUsd: (model: string) => prices[model] });

describe("the tier of a class", () => {
  test.each([
    ["simple", 1_000, "a"],
    ["standard", 1_000, "b"],
    ["hard", 1_000, "c"],
    [undefined, 1_000, "b"],
    ["hard", 199, "b"],
    ["hard", 100, "b"],
    ["hard", 99, "a"],
    ["hard", 9, undefined],
  ] as const)("%s with %i left is %s", (judged, left, model) => {
    const tiers = { ...ladder, tiers: [...ladder.tiers] };
    const found = judgedTier(tiers, judged, afford(left));
    expect(found?.model).toBe(model);
    if (found !== undefined) expect(found.because).toMatch(/^the classifier /);
  });

  test("a ladder that ends below the class gives its highest tier", () => {
    const tiers = { ...ladder, tiers: ladder.tiers.slice(0, 2) };
    expect(judgedTier(tiers, "hard", afford(1_000))?.model).toBe("b");
  });
});

test.each([
  ['{"class":"hard"}', "hard"],
  ['{"class":"HARD"}', undefined],
  ["hard", undefined],
  ["", undefined],
  ["null", undefined],
])("an answer %s names %s", (text, named) => {
  expect(classIn(text)).toBe(named);
});

test("the call has a schema, no tools, and a bound on what it reads", () => {
  expect(classifierOf("a")).toMatchObject({ model: "a", tools: [], maxTokens: limits.classifyTokens });
  const tools = Array.from({ length: 500 }, (_, i) => ({
    name: `tool_number_${i}`,
    description: "",
    input_schema: {},
  }));
  const opening = { role: "user", content: [{ type: "text", text: `first ${"x".repeat(90_000)}` }] } as const;
  const asked = classifyPrompt({ system: "s".repeat(50_000), tools }, [
    { ...opening, content: [...opening.content] },
    { role: "user", content: "last" },
  ]);
  const text = String(asked.content);
  expect(text.length).toBeLessThan(3 * limits.classifyChars + 200);
  expect(text).toContain("first");
  expect(text).toContain("last");
});
