import { expect, test } from "vitest";
import { evidence, routeText, startRule } from "../../../services/contract/routing.ts";
import { isFirstOnModel, reasonsOf, withClimb } from "../../../services/core/route-text.ts";

test("every rule and every evidence has words, and a route that a head takes", () => {
  for (const rule of startRule.options) {
    expect(reasonsOf(routeText.parse(rule))).toHaveLength(1);
    for (const seen of evidence.options) {
      const route = routeText.parse(withClimb(withClimb(rule, 2, seen), 14, seen));
      expect(reasonsOf(route)).toHaveLength(3);
      expect(reasonsOf(route)[2]).toMatch(/^after turn 14: .+, so one tier higher$/);
    }
  }
});

test("a head of before says nothing, and a climb of it stands for itself", () => {
  expect(reasonsOf(undefined)).toEqual([]);
  expect(withClimb(undefined, 3, "cut")).toBe("agent>3cut");
});

test.each([
  [undefined, 1, true],
  [undefined, 2, false],
  ["agent", 1, true],
  ["judging", 1, true],
  ["judged", 2, true],
  ["judged", 3, false],
  ["agent>2invalid", 3, true],
  ["agent>2invalid", 4, false],
  ["judged>5tool>9cut", 10, true],
  ["judged>5tool>9cut", 6, false],
])("the next call of %s at turn %i is the first on its model: %s", (route, turn, first) => {
  expect(isFirstOnModel({ turn, ...(route === undefined ? {} : { route }) })).toBe(first);
});
