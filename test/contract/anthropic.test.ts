/** The model adapter over the wire: the Claude stub in this process. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { anthropicModel } from "../../services/adapters/model/anthropic.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { startStub } from "../../services/local/claude-stub/server.ts";
import type { ModelRequest } from "../../services/ports/model.ts";
import { aRunId } from "../support/ids.ts";
import { modelContract } from "./model.contract.ts";

const post = async (url: string, path: string, body: unknown): Promise<void> => {
  const answer = await fetch(url + path, { method: "POST", body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
};

const calls = z.object({ runs: z.array(z.looseObject({})) });
const says = [{ type: "text", text: "Twice, as far as I can see from here." }];
const asks = [{ type: "tool_use", name: "count", input: { word: "sea" } }];

async function stubbed() {
  const stub = await startStub({ latency: { ttft: { kind: "fixed", ms: 0 }, total: { kind: "fixed", ms: 0 } } });
  const port = anthropicModel({ apiKey: "none", baseURL: stub.url, clock: systemClock });
  const script = (request: ModelRequest, turn: object) =>
    post(stub.url, "/_stub/scripts", { runId: request.runId, turns: [turn] });
  const fault = (request: ModelRequest, rule: object) =>
    post(stub.url, "/_stub/faults", { rules: [{ fault: rule, next: 1, runId: request.runId }] });
  return { stub, port, script, fault };
}

modelContract("Anthropic SDK and the Claude stub", async () => {
  const { stub, port, script, fault } = await stubbed();
  return {
    port,
    prepare: async (request, what) => {
      if (what === "text") await script(request, { content: says, chunks: 4 });
      if (what === "tool") await script(request, { content: asks, stop_reason: "tool_use" });
      if (what === "overloaded") await fault(request, { kind: "529" });
      if (what === "stall") await fault(request, { kind: "stall" });
    },
    idle: async () => {},
    dispose: () => stub.close(),
  };
});

describe("failures on the wire", () => {
  let made: Awaited<ReturnType<typeof stubbed>>;
  beforeAll(async () => {
    made = await stubbed();
  });
  afterAll(() => made.stub.close());

  const aRequest = (): ModelRequest => ({
    runId: aRunId(),
    turn: 1,
    model: "claude-haiku-5-5",
    maxTokens: 200,
    system: "Answer.",
    tools: [],
    messages: [{ role: "user", content: "How are the tides? ".repeat(20) }],
  });
  const free = () => ({ signal: new AbortController().signal, idleMs: 10_000 });

  test.each([
    [
      { kind: "429", retryAfterS: 7 },
      { code: "rate-limited", retryAfterMs: 7_000, billed: "no" },
    ],
    [
      { kind: "429", errorCode: "enforced_spend_limit_reached" },
      { code: "spend-limit", billed: "no" },
    ],
    [{ kind: "500" }, { code: "server-error", billed: "maybe" }],
    [{ kind: "401" }, { code: "unauthorised", billed: "no" }],
    [{ kind: "cut" }, { code: "connection", billed: "maybe" }],
    [{ kind: "overloaded-event" }, { code: "overloaded", billed: "maybe" }],
    [{ kind: "lose-reply" }, { code: "connection", billed: "maybe" }],
  ])("%j is %j", async (fault, failure) => {
    const request = aRequest();
    await made.fault(request, fault);
    expect(await made.port.call(request, free())).toMatchObject({ kind: "failed", ...failure });
  });

  test("a request that the API refuses is told in its own words", async () => {
    const refused = await made.port.call({ ...aRequest(), messages: [] }, free());
    expect(refused).toMatchObject({ kind: "failed", code: "request-rejected", billed: "no" });
    expect(JSON.stringify(refused)).toContain("messages");
  });

  test("nobody listens: a connection failure, and nothing was sent that could be billed", async () => {
    const port = anthropicModel({ apiKey: "none", baseURL: "http://127.0.0.1:1", clock: systemClock });
    expect(await port.call(aRequest(), free())).toMatchObject({ kind: "failed", code: "connection", billed: "no" });
  });

  test("an abort in the middle reaches the server, which counts the call as aborted", async () => {
    const request = aRequest();
    await made.script(request, { content: says, chunks: 50, latencyMs: 20_000 });
    const stop = new AbortController();
    const call = made.port.call(request, { signal: stop.signal, idleMs: 30_000, onText: () => stop.abort() });
    expect(await call).toMatchObject({ kind: "failed", code: "aborted", billed: "maybe" });
    await expect
      .poll(async () => calls.parse(await (await fetch(`${made.stub.url}/_stub/calls?run=${request.runId}`)).json()))
      .toMatchObject({ runs: [{ turns: [{ aborted: 1, completed: 0 }] }] });
  });

  test("cache writes and reads arrive as they were counted", async () => {
    const cache = { ttl: "5m", system: true, blocks: [], end: true, because: "" } as const;
    const long = { ...aRequest(), system: "The tide tables of the harbour. ".repeat(400), cache };
    const first = await made.port.call(long, free());
    const second = await made.port.call(long, free());
    if (first.kind !== "answer" || second.kind !== "answer") throw new Error("no answer");
    expect(first.usage.cacheWrite5mTokens).toBeGreaterThan(1_000);
    expect(second.usage).toMatchObject({ cacheWrite5mTokens: 0, cacheReadTokens: first.usage.cacheWrite5mTokens });
  });
});
