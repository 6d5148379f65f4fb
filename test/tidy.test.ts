/** The rules of the house, run on the house. Each rule first proves on small fixtures that it fires and that it passes. */
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { docstringRules } from "./tidy/docstrings.ts";
import { documentRules } from "./tidy/documents.ts";
import { houseOf, readHouse } from "./tidy/house.ts";
import { importRules } from "./tidy/imports.ts";
import { manifestRules } from "./tidy/manifest.ts";
import { nameRules } from "./tidy/names.ts";
import { processRules } from "./tidy/process.ts";
import { reachRules } from "./tidy/reach.ts";
import { type Fixture, report } from "./tidy/rule.ts";
import { sharedProcessRules } from "./tidy/shared-process.ts";
import { sizeRules } from "./tidy/size.ts";
import { timeRules } from "./tidy/time.ts";
import { traceRules } from "./tidy/traces.ts";
import { typeRules } from "./tidy/types.ts";

const rules = [
  ...importRules,
  ...processRules,
  ...sharedProcessRules,
  ...timeRules,
  ...typeRules,
  ...sizeRules,
  ...nameRules,
  ...reachRules,
  ...docstringRules,
  ...documentRules,
  ...traceRules,
  ...manifestRules,
];
const house = readHouse(fileURLToPath(new URL("..", import.meta.url)));

test("the house was found", () => {
  expect(house.sources.length).toBeGreaterThan(100);
});

/** Fixtures with a short title: the beginning of each file. */
const titled = (fixtures: readonly Fixture[]) =>
  fixtures.map((fixture) => ({
    fixture,
    title: Object.entries(fixture)
      .map(([path, text]) => `${path}: ${text.replace(/\s+/g, " ").slice(0, 60)}`)
      .join(" | "),
  }));

describe.each(rules)("$name", (rule) => {
  test.each(titled(rule.fires))("fires on $title", ({ fixture }) => {
    expect(rule.check(houseOf(fixture)).length).toBeGreaterThan(0);
  });

  test.each(titled(rule.passes))("passes $title", ({ fixture }) => {
    expect(rule.check(houseOf(fixture))).toEqual([]);
  });

  test("holds in this house", () => {
    const findings = rule.check(house);
    if (findings.length > 0) throw new Error(report(rule, findings));
  });
});
