/** `muster load` and `muster status` on a running twin. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { muster } from "../support/run-muster.ts";
import { aTwinFolder, type ReadyLine, START_MS } from "./local-twin-fixture.ts";

const folder = aTwinFolder();
let at: ReadyLine;
let env: Record<string, string>;

beforeAll(async () => {
  at = await folder.start("--slots", "40", "--latency", "none").ready();
  env = { MUSTER_URL: at.url, MUSTER_API_KEY: at.apiKey };
}, START_MS);
afterAll(() => folder.dispose());

test("a load is carried, and told whole", async () => {
  const run = await muster("load --runs 40 --concurrent 20 --turns 2 --turn-ms 20 --for 25s --json".split(" "), {
    env,
  });
  expect(run.stderr).toContain("40 runs, 20 at once");
  const report = run.json();
  expect(report).toMatchObject({ runs: 40, succeeded: 40, failed: 0, unfinished: 0, peakOpen: 20, errorShare: 0 });
  expect(report.costMicroUsd).toBeGreaterThan(0);
  // A slow machine may miss the target for times; then the command says so.
  expect(report.ok).toBe(Number(report.p95Ms) < 15_000);
  expect(run.code).toBe(report.ok ? 0 : 1);
});

test("what does not end in time is an error, and is cancelled", async () => {
  const run = await muster("load --runs 5 --concurrent 5 --turns 1 --turn-ms 60000 --for 2s --json".split(" "), {
    env,
  });
  expect(run.json()).toMatchObject({ ok: false, unfinished: 5, succeeded: 0 });
  expect(run.code).toBe(1);
  const left = await muster(["list", "--state", "RUNNING", "--json"], { env });
  expect(JSON.stringify(left.json())).not.toContain('"cancelRequested":false');
});

test("status shows what answers", async () => {
  const run = await muster(["status", "--json"], { env });
  expect(run.json()).toMatchObject({ ok: true, answers: true, url: at.url, fleet: { slots: 40 } });
  expect(run.code).toBe(0);
  const nobody = await muster(["status"], { env: { ...env, MUSTER_URL: "http://127.0.0.1:1" } });
  expect(nobody.code).toBe(1);
});
