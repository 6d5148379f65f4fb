import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { bounds } from "../../services/local/bounds.ts";
import { eventually } from "../support/eventually.ts";
import {
  allSucceeded,
  aTwinFolder,
  completedCalls,
  isAlive,
  read,
  START_MS,
  submit,
  until,
  untilGone,
} from "./local-twin-fixture.ts";

const TEST_MS = 3 * START_MS + bounds.visibilityMs;
const TURNS = 5;
const RUNS = 12;
/** Long enough that a stop falls into the middle. */
const REHEARSAL = { turns: TURNS, turnMs: 700, chunks: 5, outputTokens: 20 };

let folder: ReturnType<typeof aTwinFolder>;
beforeEach(() => {
  folder = aTwinFolder();
});
afterEach(() => folder.dispose(), START_MS);

test("a stop in the middle loses nothing: the next start finishes the same runs, and no turn is billed twice", {
  timeout: TEST_MS,
}, async () => {
  const first = folder.start();
  const before = await first.ready();
  const ids = await submit(before, RUNS, REHEARSAL);
  await until(before, ids, { done: (runs) => runs.some((run) => run.turns >= 1) });
  first.child.kill("SIGTERM");
  expect(await first.exited).toEqual({ code: 0, signal: null });
  await untilGone(before);

  const second = folder.start();
  const after = await second.ready();
  expect(after.apiKey).toBe(before.apiKey);
  const open = await read(after, ids);
  expect(open.some((run) => run.state !== "SUCCEEDED")).toBe(true);
  const runs = await until(after, ids, { done: allSucceeded });
  for (const run of runs) expect(run).toMatchObject({ turns: TURNS, turnsInDoubt: 0, failures: 0 });
  expect(await completedCalls(after, ids)).toEqual(ids.map(() => Array(TURNS).fill(1)));
  second.child.kill("SIGTERM");
  expect(await second.exited).toEqual({ code: 0, signal: null });
});

test("a killed supervisor leaves no process behind; the next start resumes within seconds, doubt is counted", {
  timeout: TEST_MS,
}, async () => {
  const first = folder.start();
  const before = await first.ready();
  const ids = await submit(before, RUNS, REHEARSAL);
  await until(before, ids, { done: (runs) => runs.every((run) => run.turns >= 1) });
  first.child.kill("SIGKILL");
  await untilGone(before);

  const second = folder.start();
  const after = await second.ready();
  const readyMs = performance.now();
  const runs = await until(after, ids, { done: allSucceeded });
  expect(performance.now() - readyMs).toBeLessThan(TURNS * REHEARSAL.turnMs + 10_000);
  const completed = await completedCalls(after, ids);
  runs.forEach((run, i) => {
    expect(run.turns).toBe(TURNS);
    expect(run.interruptions).toBeLessThanOrEqual(1);
    expect(run.turnsInDoubt).toBeLessThanOrEqual(run.interruptions);
    const billed = completed[i]?.reduce((sum, calls) => sum + calls, 0) ?? 0;
    expect(billed).toBeLessThanOrEqual(run.turns + run.turnsInDoubt);
  });
});

test("a killed worker is replaced and its runs go on", { timeout: TEST_MS }, async () => {
  const twin = folder.start();
  const at = await twin.ready();
  const ids = await submit(at, RUNS, REHEARSAL);
  await until(at, ids, { done: (runs) => runs.every((run) => run.state === "RUNNING") });
  const [pid] = at.pids.worker ?? [];
  if (pid === undefined) throw new Error("there is a worker");
  process.kill(pid, "SIGKILL");
  const killedMs = performance.now();
  await until(at, ids, { done: (runs) => runs.every((run) => run.interruptions === 1) });
  expect(performance.now() - killedMs).toBeLessThan(10_000);
  const runs = await until(at, ids, { done: allSucceeded });
  for (const run of runs) expect(run).toMatchObject({ turns: TURNS, interruptions: 1 });
  expect(twin.events("worker.ended")).toMatchObject([{ pid, signal: "SIGKILL" }]);
  expect(twin.events("worker.spawned")).toHaveLength(2);
});

test("a store that ends is started again and nothing is lost", { timeout: TEST_MS }, async () => {
  const twin = folder.start();
  const at = await twin.ready();
  const ids = await submit(at, RUNS, REHEARSAL);
  for (const role of ["dynamodb", "queue"]) {
    const [pid] = at.pids[role] ?? [];
    if (pid === undefined) throw new Error(`there is a ${role}`);
    process.kill(pid, "SIGKILL");
  }
  await eventually(() => expect(twin.events("child.restarted")).toHaveLength(2), START_MS);
  // A claim that failed with its store leaves the message hidden for one visibility timeout.
  const runs = await until(at, ids, { done: allSucceeded, withinMs: START_MS + bounds.visibilityMs });
  for (const run of runs) expect(run.turns).toBe(TURNS);
  expect((await completedCalls(at, ids)).flat().length).toBe(RUNS * TURNS);
});

test("one folder, one twin; the key is for its owner only; mistakes in flags are named", {
  timeout: TEST_MS,
}, async () => {
  const twin = folder.start();
  const at = await twin.ready();
  expect(statSync(join(folder.dataDir, "api-key")).mode & 0o777).toBe(0o600);
  expect(readFileSync(join(folder.dataDir, "api-key"), "utf8").trim()).toBe(at.apiKey);
  const again = folder.start();
  expect(await again.exited).toMatchObject({ code: 1 });
  expect(again.stderr).toContain(folder.dataDir);
  expect(again.stderr).toContain(String(twin.child.pid));
  const wrong = folder.start("--workers", "none");
  expect(await wrong.exited).toMatchObject({ code: 2 });
  expect(wrong.stderr).toContain("--workers");
  expect(isAlive(at.pids.api?.[0] ?? 0)).toBe(true);
});
