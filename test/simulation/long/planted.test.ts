import { afterAll, expect, test } from "vitest";
import { type Plant, plants } from "../plants.ts";
import { runSeed } from "../seeds.ts";

const RUNS = 60;
/** On a machine that is busy with other tests. */
const WITHIN_MS = 240_000;

type Found = { readonly bug: string; readonly seeds: number; readonly within: number; readonly promise: string };
const table: Found[] = [];

/** The table of all bugs: which promise told of each, and after how many seeds. */
function written(rows: readonly Found[]): string {
  const lines = rows.map(({ bug, seeds, within, promise }) => `| ${bug} | ${promise} | ${seeds} | ${within} |`);
  return ["| bug | told by | found at seed | bound |", "| --- | --- | ---: | ---: |", ...lines, ""].join("\n");
}

async function firstSeedOf({
  withinSeeds,
  settled,
  plant,
  plantBatches,
  plantTool,
}: Plant): Promise<[number, string] | undefined> {
  const extras = { ...(plant && { plant }), ...(plantTool && { plantTool }), ...(plantBatches && { plantBatches }) };
  for (let seed = 1; seed <= withinSeeds; seed++) {
    const { outcome } = await runSeed(seed, { runs: RUNS, scaled: false, ...settled }, extras);
    if (outcome.violation !== undefined) return [seed, outcome.violation.promise];
  }
  return undefined;
}

test.each(plants)("finds: $bug, within $withinSeeds seeds", { timeout: WITHIN_MS }, async (plant) => {
  const [seeds, promise] = (await firstSeedOf(plant)) ?? [];
  expect(promise).toBeDefined();
  table.push({ bug: plant.bug, seeds: seeds ?? 0, within: plant.withinSeeds, promise: promise ?? "" });
});

afterAll(() => {
  const inOrder = plants.flatMap(({ bug }) => table.filter((row) => row.bug === bug));
  process.stdout.write(`\n${written(inOrder)}`);
});
