/** The page of settings names every variable that a process reads, and no other. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { apiEnv, controllerEnv, fleetEventsEnv, workerEnv } from "../../services/contract/env.ts";

const page = readFileSync(new URL("../../docs/settings.md", import.meta.url), "utf8");

/** `MUSTER_QUEUE_HIGH`, `_LOW` in one cell means the second with the first one's beginning. */
function named(): Set<string> {
  const names = new Set<string>();
  for (const row of page.split("\n").filter((line) => line.startsWith("| `"))) {
    const cell = row.split("|")[1] ?? "";
    let first = "";
    for (const [, name = ""] of cell.matchAll(/`(\w+)`/g)) {
      if (!name.startsWith("_")) first = name;
      names.add(name.startsWith("_") ? first.replace(/_[A-Z0-9]+$/, name) : name);
    }
  }
  return names;
}

test("all of them", () => {
  const schemas = [apiEnv, controllerEnv, fleetEventsEnv, workerEnv];
  const read = new Set(schemas.flatMap((schema) => Object.keys(schema.shape)));
  expect([...read].filter((name) => !named().has(name))).toEqual([]);
  expect([...named()].filter((name) => !read.has(name))).toEqual([]);
});
