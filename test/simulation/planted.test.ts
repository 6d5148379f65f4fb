import { expect, test } from "vitest";
import { plants } from "./plants.ts";
import { runSeed } from "./seeds.ts";

const RUNS = 60;
const WITHIN_MS = 60_000;

test.each(plants)("finds: $bug, within $withinSeeds seeds", { timeout: WITHIN_MS }, async ({ withinSeeds, plant }) => {
  let found: string | undefined;
  for (let seed = 1; seed <= withinSeeds && found === undefined; seed++) {
    const { outcome } = await runSeed(seed, { runs: RUNS }, { plant });
    found = outcome.violation?.promise;
  }
  expect(found).toBeDefined();
});
