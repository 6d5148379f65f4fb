import { afterEach, beforeEach, expect, test } from "vitest";
import { FakeApi, fakeKey, fakeRun } from "../support/fake-api.ts";
import { muster } from "../support/run-muster.ts";

let api: FakeApi;
let env: Record<string, string>;
const id = `run_${"a".repeat(26)}`;
const at = "2026-10-01T09:00:00.000Z";

beforeEach(async () => {
  api = new FakeApi();
  env = { MUSTER_URL: await api.start(), MUSTER_API_KEY: fakeKey };
});
afterEach(() => api.stop());

const event = (name: string, data: unknown, place?: string): string =>
  `event: ${name}\n${place === undefined ? "" : `id: ${place}\n`}data: ${JSON.stringify(data)}\n\n`;
const accepted = event("run.accepted", { id, tenant: "acme", agent: "echo", lane: "normal", createdAt: at }, "0.0");
const turn = (n: number, text: string, toolCalls: unknown[] = []): string =>
  event(
    "turn.committed",
    {
      turn: n,
      model: "m",
      stopReason: "end_turn",
      startedAt: at,
      endedAt: at,
      costMicroUsd: 5,
      usage: fakeRun(id).usage,
      text,
      toolCalls,
    },
    `${n}.1`,
  );
const toolResult = event("tool.result", { turn: 2, toolUseId: "t1", isError: false, content: "found it" }, "2.0");
const end = (state: "SUCCEEDED" | "FAILED"): string => event("run.ended", fakeRun(id, { state, output: "bye" }), "2.2");
const live = (n: number, text: string): string => event("live", { turn: n, text });

const connections = () => api.calls.filter((call) => call.path.endsWith("/events"));

test("a stream that is cut goes on behind the last event, and every durable event comes once", async () => {
  api.streams.push(
    {
      text: accepted + live(1, "Look") + turn(1, "Looking.", [{ id: "t1", name: "search", input: { q: "x" } }]),
      cut: true,
    },
    { text: "", cut: true },
    { text: `: keep-alive\n\n${toolResult}${turn(2, "Done.")}${end("SUCCEEDED")}`, cut: false },
  );
  const run = await muster(["watch", id, "--json"], { env });
  expect(run.code).toBe(0);
  expect(connections().map((call) => call.headers["last-event-id"])).toEqual([undefined, "1.1", "1.1"]);
  const lines = run.stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(lines.slice(0, -1).map((line) => line.event)).toEqual([
    "run.accepted",
    "turn.committed",
    "tool.result",
    "turn.committed",
    "run.ended",
  ]);
  expect(run.json()).toMatchObject({ id, state: "SUCCEEDED", output: "bye" });
});

test("people see live text once, tool calls, results and the end", async () => {
  api.streams.push({
    text:
      accepted +
      live(1, "Loo") +
      live(1, "Looking") +
      turn(1, "Looking.", [{ id: "t1", name: "search", input: {} }]) +
      toolResult +
      end("SUCCEEDED"),
    cut: false,
  });
  const run = await muster(["watch", id], { env });
  expect(run.stdout.match(/Looking\./g)?.length).toBe(1);
  expect(run.stdout).toContain("→ search {}");
  expect(run.stdout).toContain("← search found it");
  expect(run.stdout.trimEnd().endsWith("bye")).toBe(true);
});

test("a run that failed is exit code 1; so is one that does not exist", async () => {
  api.streams.push({ text: end("FAILED"), cut: false });
  expect((await muster(["watch", id, "--json"], { env })).code).toBe(1);
  api.faults.push({ kind: "status", status: 404 });
  const unknown = await muster(["watch", id], { env });
  expect(unknown.code).toBe(1);
  expect(connections().length).toBe(2);
});
