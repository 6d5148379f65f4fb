/** The rules of the house, run on the house. Each rule first proves on small fixtures that it fires and that it passes. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { docRules } from "./tidy/docs.ts";
import { houseOf, readHouse } from "./tidy/house.ts";
import { importRules } from "./tidy/imports.ts";
import { manifestRules } from "./tidy/manifest.ts";
import { nameRules } from "./tidy/names.ts";
import { processRules } from "./tidy/process.ts";
import { reachRules } from "./tidy/reach.ts";
import { report } from "./tidy/rule.ts";
import { sizeRules } from "./tidy/size.ts";
import { timeRules } from "./tidy/time.ts";
import { traceRules } from "./tidy/traces.ts";
import { typeRules } from "./tidy/types.ts";

const rules = [
  ...importRules,
  ...processRules,
  ...timeRules,
  ...typeRules,
  ...sizeRules,
  ...nameRules,
  ...reachRules,
  ...docRules,
  ...traceRules,
  ...manifestRules,
];
const house = readHouse(fileURLToPath(new URL("..", import.meta.url)));

test("the house was found", () => {
  expect(house.sources.length).toBeGreaterThan(100);
});

describe.each(rules)("$name", (rule) => {
  test.each(rule.fires.map((fixture) => [Object.values(fixture).join(" | "), fixture] as const))(
    "fires on %s",
    (_, fixture) => {
      expect(rule.check(houseOf(fixture)).length).toBeGreaterThan(0);
    },
  );

  test.each(rule.passes.map((fixture) => [Object.values(fixture).join(" | "), fixture] as const))(
    "passes %s",
    (_, fixture) => {
      expect(rule.check(houseOf(fixture))).toEqual([]);
    },
  );

  test("holds in this house", () => {
    const findings = rule.check(house);
    if (findings.length > 0) throw new Error(report(rule, findings));
  });
});
