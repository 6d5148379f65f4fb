import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeApi, fakeKey, fakeRun } from "../support/fake-api.ts";
import { muster } from "../support/run-muster.ts";

let api: FakeApi;
let url: string;
let env: Record<string, string>;
let folder: string;
const id = `run_${"a".repeat(26)}`;

beforeEach(async () => {
  api = new FakeApi();
  url = await api.start();
  env = { MUSTER_URL: url, MUSTER_API_KEY: fakeKey };
  folder = mkdtempSync(join(tmpdir(), "muster-cli-"));
});
afterEach(async () => {
  await api.stop();
  rmSync(folder, { recursive: true });
});

test("help shows every command and examples, and needs no API", async () => {
  const run = await muster(["--help"]);
  expect(run.code).toBe(0);
  for (const name of [
    "submit",
    "get",
    "list",
    "watch",
    "cancel",
    "redrive",
    "agents",
    "fleet",
    "keys",
    "status",
    "load",
    "doctor",
  ]) {
    expect(run.stdout).toMatch(new RegExp(`^ {2}${name} `, "m"));
    expect((await muster([name, "--help"])).code).toBe(0);
  }
});

test.each([
  [["frobnicate"]],
  [["get"]],
  [["list", "--nope"]],
  [["submit", "--agent", "a"]],
  [["submit", "--input", "{"]],
  [["cancel"]],
  [["redrive"]],
  [["redrive", `run_${"a".repeat(26)}`, "--state", "DEAD"]],
  [["redrive", `run_${"a".repeat(26)}`, "--rate", "1", "--reason", "deadline"]],
  [["cancel", `run_${"a".repeat(26)}`, "--rate", "1"]],
  [["redrive", "--state", "RUNNING"]],
  [["redrive", "--state", "DEAD", "--rate", "fast"]],
  [["cancel", "--state", "DEAD"]],
])("wrong usage %j is exit code 2 and sends nothing", async (args) => {
  const run = await muster(args, { env });
  expect(run.code).toBe(2);
  expect(run.stdout).toBe("");
  expect(run.stderr).not.toBe("");
  expect(api.calls).toEqual([]);
});

test("get prints the run for people without colours in a pipe, and as JSON", async () => {
  api.runs.set(id, fakeRun(id, { state: "SUCCEEDED", reason: "completed", output: { title: "Tides" } }));
  const people = await muster(["get", id], { env: { ...env, TERM: "xterm" } });
  expect(people.code).toBe(0);
  expect(people.stdout).toContain("SUCCEEDED");
  expect(people.stdout).not.toContain("\x1b");
  expect((await muster(["get", id, "--json"], { env })).json()).toEqual(api.runs.get(id));
});

test("a refusal is told with its fix and exit code 1, on stderr and as JSON", async () => {
  const run = await muster(["get", id, "--json"], { env });
  expect(run.code).toBe(1);
  expect(run.stderr).toContain("run-not-found");
  expect(run.json()).toMatchObject({ error: { code: "run-not-found", status: 404 } });
  const key = await muster(["get", id], { env: { ...env, MUSTER_API_KEY: "wrong" } });
  expect(key.stderr).toContain("fix: give a key");
});

test("an API that is not there is named with npm start, at once", async () => {
  await api.stop();
  const run = await muster(["list"], { env });
  await api.start();
  expect(run.code).toBe(1);
  expect(run.stderr).toContain(`cannot reach ${url} (ECONNREFUSED)`);
  expect(run.stderr).toContain("npm start");
});

test("the local twin is found by its data folder", async () => {
  const data = join(folder, ".muster");
  mkdirSync(data);
  writeFileSync(join(data, "local.json"), JSON.stringify({ url }));
  writeFileSync(join(data, "api-key"), `${fakeKey}\n`, { mode: 0o600 });
  expect((await muster(["list"], { cwd: folder })).stdout).toBe("no runs\n");
  expect((await muster(["list", "--data", data])).code).toBe(0);
});

test("cancel tells each run; exit code 0 only if all were cancelled", async () => {
  const done = `run_${"b".repeat(26)}`;
  api.runs.set(id, fakeRun(id));
  api.runs.set(done, fakeRun(done, { state: "SUCCEEDED" }));
  const one = await muster(["cancel", id, "--json"], { env });
  expect(one.code).toBe(0);
  expect(one.json()).toMatchObject({ cancelled: 1, failed: 0 });
  const three = await muster(["cancel", id, done, `run_${"c".repeat(26)}`, "--json"], { env });
  expect(three.code).toBe(1);
  expect(three.json()).toMatchObject({ cancelled: 1, failed: 2 });
});

test("a reader that goes away ends the command without a stack trace", async () => {
  for (let i = 0; i < 2_000; i++) {
    const one = `run_${String(i)
      .replace(/\d/g, (d) => "abcdefghij"[Number(d)] ?? "a")
      .padStart(26, "a")}`;
    api.runs.set(one, fakeRun(one));
  }
  const run = await muster(["list"], { env, whileRunning: (child) => child.stdout?.destroy() });
  expect(run.stderr).toBe("");
  expect(run.code).toBe(141);
});

test("doctor finds a healthy set-up and names what is wrong with its mend", async () => {
  const worker = {
    id: "w_1",
    pool: "local",
    mode: "RUNNING",
    slots: 8,
    active: 1,
    startedAt: "2026-10-01T09:00:00.000Z",
    host: "h",
    version: "dev",
  };
  api.fleet = {
    status: 200,
    body: { workers: [worker], slots: 8, active: 1, lanes: [{ lane: "high", visible: 3, inFlight: 0 }] },
  };
  const data = join(folder, ".muster");
  mkdirSync(data);
  writeFileSync(join(data, "local.json"), JSON.stringify({ url }));
  writeFileSync(join(data, "api-key"), fakeKey, { mode: 0o600 });
  const well = await muster(["doctor", "--data", data, "--json"]);
  expect(well.json().findings).not.toContainEqual(expect.objectContaining({ level: "wrong" }));
  expect(well.code).toBe(0);

  chmodSync(join(data, "api-key"), 0o644);
  api.fleet = { status: 200, body: { workers: [], slots: 0, active: 0, lanes: [{ lane: "high" }] } };
  const ill = await muster(["doctor", "--data", data, "--json"]);
  expect(ill.code).toBe(1);
  expect(ill.json().findings).toContainEqual(
    expect.objectContaining({ check: "key file", level: "wrong", mend: expect.stringContaining("chmod 600") }),
  );
  expect(ill.json().findings).toContainEqual(expect.objectContaining({ check: "workers", level: "wrong" }));
  expect(ill.json().findings).toContainEqual(expect.objectContaining({ check: "lanes", level: "warn" }));
});

test("redrive by id sends what is raised, and tells each run that cannot go on", async () => {
  const other = `run_${"b".repeat(26)}`;
  api.runs.set(id, fakeRun(id, { state: "DEAD", reason: "too-many-failures" }));
  api.runs.set(other, fakeRun(other, { state: "SUCCEEDED" }));
  const run = await muster(["redrive", id, other, "--budget-micro-usd", "2000000", "--json"], { env });
  expect(run.code).toBe(1);
  expect(run.json()).toMatchObject({ redriven: 1, failed: 1, left: [{ id: other }] });
  expect(api.calls.map((call) => JSON.parse(call.body))).toEqual(Array(2).fill({ budgetMicroUsd: 2_000_000 }));
});

test("redrive by id leaves the rest once a lane had no room however often it was asked", async () => {
  const ids = Array.from("abcdef", (letter) => `run_${letter.repeat(26)}`);
  const body = { type: "t", title: "t", status: 429, detail: "the lane low is full", code: "queue-full" };
  for (const one of ids)
    api.answers.set(`POST /v1/runs/${one}/redrive`, { status: 429, body, headers: { "retry-after": "0.01" } });
  const run = await muster(["redrive", ...ids, "--json"], { env });
  expect(run.code).toBe(1);
  expect(run.json()).toMatchObject({ redriven: 0, failed: 6 });
  expect(run.json().left).toContainEqual({ id: ids[5], because: "the lane low is full" });
  expect(new Set(api.calls.map(({ path }) => path)).size).toBe(4);
});

test.each([
  ["redrive", ["--state", "dead", "--agent", "echo", "--rate", "5"], { state: "DEAD", agent: "echo" }, 5],
  ["cancel", ["--state", "queued", "--tenant", "acme"], { state: "QUEUED", tenant: "acme" }, 10],
])("%s by filter asks again until there is no cursor", async (command, args, filter, ratePerSecond) => {
  api.many.push({ changed: 100, passed: 0, left: [], cursor: "c1" }, { changed: 7, passed: 0, left: [] });
  const run = await muster([command, ...args, "--json"], { env });
  expect([run.code, run.stderr]).toEqual([0, expect.stringContaining("100 so far")]);
  expect(run.json()).toMatchObject({ failed: 0, [command === "cancel" ? "cancelled" : "redriven"]: 107 });
  const sent = api.calls.map((call) => JSON.parse(call.body));
  expect(sent).toMatchObject([
    { filter, ratePerSecond },
    { filter, ratePerSecond, cursor: "c1" },
  ]);
});
