import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeApi, fakeKey } from "../support/fake-api.ts";
import { muster } from "../support/run-muster.ts";

let api: FakeApi;
let env: Record<string, string>;
let folder: string;

beforeEach(async () => {
  api = new FakeApi();
  env = { MUSTER_URL: await api.start(), MUSTER_API_KEY: fakeKey };
  folder = mkdtempSync(join(tmpdir(), "muster-cli-"));
});
afterEach(async () => {
  await api.stop();
  rmSync(folder, { recursive: true });
});

const fileOf = (lines: readonly unknown[], name = "runs.jsonl"): string => {
  const path = join(folder, name);
  writeFileSync(path, lines.map((line) => JSON.stringify(line)).join("\n"));
  return path;
};
const posts = () => api.calls.filter((call) => call.method === "POST");

test("a file of 250 runs goes out in batches, is waited for, and its results lie in --out", async () => {
  api.asksUntilEnd = 2;
  const file = fileOf(Array.from({ length: 250 }, (_, i) => ({ n: i })));
  const out = join(folder, "out.jsonl");
  const run = await muster(["submit", "--agent", "echo", "--file", file, "--wait", "--out", out, "--json"], { env });
  expect(run.stderr).toBe("");
  expect(run.code).toBe(0);
  expect(run.json()).toMatchObject({ submitted: 250, succeeded: 250, failed: 0, costMicroUsd: 250 * 250 });
  expect(run.json().wallMs).toBeGreaterThan(0);
  expect(posts().length).toBe(3);
  const rows = readFileSync(out, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(new Set(rows.map((row) => row.id)).size).toBe(250);
  expect(rows.map((row) => row.line).toSorted((a, b) => a - b)).toEqual(Array.from({ length: 250 }, (_, i) => i + 1));
  expect(rows[0]).toMatchObject({ state: "SUCCEEDED", output: { echo: rows[0].id } });
});

test("a run that does not succeed is exit code 1, and the others are counted", async () => {
  api.endState = (n) => (n === 1 ? "FAILED" : "SUCCEEDED");
  const run = await muster(["submit", "--agent", "echo", "--file", fileOf([1, 2, 3]), "--wait", "--json"], { env });
  expect(run.code).toBe(1);
  expect(run.json()).toMatchObject({ submitted: 3, succeeded: 2, failed: 1 });
});

test("busy answers and cut connections are tried again with the same key, and no run is doubled", async () => {
  api.faults.push(
    { kind: "cut-after" },
    { kind: "status", status: 503, headers: { "retry-after": "0" } },
    { kind: "cut-before" },
    { kind: "status", status: 429 },
  );
  const run = await muster(["submit", "--agent", "echo", "--input", "{}", "--json"], { env });
  expect(run.code).toBe(0);
  expect(posts().length).toBe(5);
  expect(new Set(posts().map((call) => call.headers["idempotency-key"])).size).toBe(1);
  expect(api.runs.size).toBe(1);
  expect(run.json().runs).toEqual([...api.runs.keys()]);
  expect(run.stderr).toContain("trying again");
});

test("the same command with the same key gives the same runs", async () => {
  const args = [
    "submit",
    "--agent",
    "echo",
    "--file",
    fileOf(Array.from({ length: 120 }, (_, i) => i)),
    "--idempotency-key",
    "nightly",
  ];
  const first = await muster(args, { env });
  const second = await muster(args, { env });
  expect(second.stdout).toBe(first.stdout);
  expect(first.stdout.trimEnd().split("\n").length).toBe(120);
  expect(api.runs.size).toBe(120);
});

test("a refused batch names the line, and says how to go on", async () => {
  api.refuse = (runs) =>
    runs.some(({ input }) => input === "bad") ? [{ field: "runs[1].input", message: "is bad" }] : undefined;
  const file = fileOf(["good", "bad"]);
  const run = await muster(["submit", "--agent", "echo", "--file", file, "--wait", "--json"], { env });
  expect(run.code).toBe(1);
  expect(run.stderr).toContain(`${file}:2 input: is bad`);
  expect(run.json()).toMatchObject({ error: { code: "invalid-input", status: 422 } });
});

test("wrong lines are all named before anything is sent", async () => {
  const path = join(folder, "runs.jsonl");
  writeFileSync(path, '{"ok":1}\n{broken\n\n{"input":1,"lane":"fast"}\n');
  const run = await muster(["submit", "--agent", "echo", "--file", path], { env });
  expect(run.code).toBe(2);
  expect(run.stderr).toContain(`${path}:2: `);
  expect(run.stderr).toContain(`${path}:4: lane: `);
  expect(api.calls).toEqual([]);
});

test("lines are inputs or runs; $file stands for a text beside the JSONL file", async () => {
  writeFileSync(join(folder, "doc.txt"), "the text");
  const file = fileOf([{ text: { $file: "doc.txt" } }, { input: "in", agent: "other", lane: "high" }]);
  const run = await muster(
    ["submit", "--agent", "echo", "--lane", "low", "--budget-usd", "0.5", "--timeout", "2m", "--file", file],
    {
      env,
      cwd: tmpdir(),
    },
  );
  expect(run.code).toBe(0);
  const shared = { budgetMicroUsd: 500_000, timeoutMs: 120_000 };
  expect(JSON.parse(posts()[0]?.body ?? "")).toEqual({
    runs: [
      { agent: "echo", input: { text: "the text" }, lane: "low", ...shared },
      { agent: "other", input: "in", lane: "high", ...shared },
    ],
  });
});

test("one run prints its output; stdin is a source", async () => {
  const run = await muster(["submit", "--agent", "echo", "--input-file", "-", "--wait"], { env, stdin: '{"a":1}' });
  expect(run.code).toBe(0);
  expect(JSON.parse(run.stdout)).toEqual({ echo: [...api.runs.keys()][0] });
});

test("Ctrl-C ends the wait with 130 and says how to go on", async () => {
  api.asksUntilEnd = Number.POSITIVE_INFINITY;
  const run = await muster(["submit", "--agent", "echo", "--input", "1", "--wait"], {
    env,
    whileRunning: (child) => {
      const look = () =>
        api.calls.some((call) => call.path.includes("ids=")) ? child.kill("SIGINT") : setImmediate(look);
      look();
    },
  });
  expect(run.code).toBe(130);
  expect(run.stderr).toContain("--idempotency-key cli-");
});
