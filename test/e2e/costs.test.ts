/** The costs that Muster shows are those of the stand-in's own meter, to the micro-dollar, also when a worker is killed. */
import { expect, test } from "vitest";
import { costs } from "../bench/costs.ts";
import { muster } from "../support/run-muster.ts";
import { allSucceeded, aTwinFolder, START_MS, submit, until } from "./local-twin-fixture.ts";

const CALLS = 1_000;
const TEST_MS = 600_000;

test(`${CALLS} mixed calls, some broken off, a worker killed: books, runs and meter agree`, {
  timeout: TEST_MS,
}, async () => {
  const { ok, wrong, exact, shown, ofRuns, runsInDoubt, ends, calls } = await costs({ calls: CALLS, kill: true });
  expect({ wrong, shown, exact: exact[0] }).toEqual({ wrong: [], shown: ofRuns, exact: exact[1] });
  expect(ends).toEqual({ SUCCEEDED: expect.any(Number) });
  expect(calls).toBeGreaterThanOrEqual(CALLS * 0.9);
  expect(runsInDoubt).toBeGreaterThan(0);
  expect(ok).toBe(true);
});

test("muster costs shows them to people and to programs", { timeout: TEST_MS }, async () => {
  const folder = aTwinFolder();
  try {
    const at = await folder.start("--latency", "none").ready();
    const ids = await submit(at, 3, { turns: 2, turnMs: 0, chunks: 1, outputTokens: 8 });
    const runs = await until(at, ids, { done: allSucceeded, withinMs: START_MS });
    const spent = runs.reduce((sum, run) => sum + run.cost.spentMicroUsd, 0);
    const ask = (...args: string[]) => muster(["costs", "--url", at.url, "--key", at.apiKey, ...args]);
    await expect
      .poll(async () => (await ask("--json")).json().total, { timeout: START_MS })
      .toMatchObject({ calls: 6, spentMicroUsd: spent });
    const shown = await ask("--by", "agent,model");
    expect(shown.stdout).toMatch(/AGENT +MODEL +CALLS/);
    expect(shown.stdout).toMatch(/rehearsal +claude-haiku-5-5 +6 /);
    expect((await ask("--by", "colour")).code).toBe(2);
  } finally {
    await folder.dispose();
  }
});
