/** Every class of failed call through the real SDK: what it is taken for, what becomes of the run, what the limiter makes of it. */
import { createServer } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { anthropicModel } from "../../services/adapters/model/anthropic.ts";
import { systemClock } from "../../services/adapters/system/clock.ts";
import { UNLIMITED } from "../../services/local/claude-stub/buckets.ts";
import { startStub } from "../../services/local/claude-stub/server.ts";
import type { ModelFailure, ModelRequest, RatesSaid } from "../../services/ports/model.ts";
import { afterFailure } from "../../services/worker/after-failure.ts";
import { meaningOf } from "../../services/worker/call-end.ts";
import { aRunId } from "../support/ids.ts";

const aRequest = (): ModelRequest => ({
  runId: aRunId(),
  turn: 1,
  model: "claude-haiku-5-5",
  maxTokens: 200,
  system: "Answer.",
  tools: [],
  messages: [{ role: "user", content: "How are the tides? ".repeat(20) }],
});
const options = (idleMs = 10_000) => ({ signal: new AbortController().signal, idleMs });

/** What a failure is, and what follows from it: for the run on its first try, and for the limiter. */
type Row = { readonly failure: Partial<ModelFailure>; readonly run: string; readonly limiter: string };

const retried = (failure: Partial<ModelFailure>): Row => ({ failure, run: "retry, failure", limiter: "fails" });
const limited = (failure: Partial<ModelFailure>, run = "retry, wait"): Row => ({ failure, run, limiter: "limited" });
const rejected: Row = {
  failure: { code: "request-rejected", billed: "no" },
  run: "end, model-rejected-request",
  limiter: "fine",
};
const capped: Row = { failure: { code: "spend-limit", billed: "no" }, run: "park, hold", limiter: "spend-limit" };
const locked: Row = { failure: { code: "unauthorised", billed: "no" }, run: "park, hold", limiter: "unauthorised" };

function expectRow(answer: unknown, row: Row): void {
  expect(answer).toMatchObject({ kind: "failed", ...row.failure });
  const failure: ModelFailure = { kind: "failed", code: "aborted", message: "", billed: "no", ...row.failure };
  const after = afterFailure(failure, { failures: 0, waits: 0 }, 0);
  const how = after.kind === "end" ? after.reason : after.kind === "stopped" ? "" : after.counts;
  expect(`${after.kind}, ${how}`).toBe(row.run);
  expect(meaningOf(failure)).toBe(row.limiter);
}

describe("refused by a status, over the stub", () => {
  let stub: Awaited<ReturnType<typeof startStub>>;
  beforeAll(async () => {
    stub = await startStub({ latency: { ttft: { kind: "fixed", ms: 0 }, total: { kind: "fixed", ms: 0 } } });
  });
  afterAll(() => stub.close());

  test.each<[object, Row]>([
    [{ kind: "429", retryAfterS: 7 }, limited({ code: "rate-limited", retryAfterMs: 7_000, billed: "no" })],
    [{ kind: "429", retryAfterS: 30 }, limited({ code: "rate-limited", retryAfterMs: 30_000 }, "park, wait")],
    [{ kind: "429" }, limited({ code: "rate-limited", billed: "no" })],
    [
      { kind: "429", retryAfterS: 3, errorCode: "ramp_limit_exceeded" },
      limited({ code: "rate-limited", ramp: true, retryAfterMs: 3_000, billed: "no" }),
    ],
    [{ kind: "429", errorCode: "enforced_spend_limit_reached" }, capped],
    [{ kind: "429", errorCode: "contract_spend_limit_reached" }, capped],
    [{ kind: "status", status: 402 }, capped],
    [{ kind: "401" }, locked],
    [{ kind: "status", status: 403 }, locked],
    [{ kind: "529" }, retried({ code: "overloaded", billed: "no" })],
    [{ kind: "500" }, retried({ code: "server-error", billed: "maybe" })],
    [{ kind: "503" }, retried({ code: "server-error", billed: "maybe" })],
    [{ kind: "status", status: 504 }, retried({ code: "server-error", billed: "maybe" })],
    [{ kind: "status", status: 408 }, retried({ code: "server-error" })],
    [{ kind: "status", status: 409 }, retried({ code: "server-error" })],
    [{ kind: "status", status: 400 }, rejected],
    [{ kind: "status", status: 404 }, rejected],
    [{ kind: "status", status: 413 }, rejected],
    [{ kind: "status", status: 422 }, rejected],
    [{ kind: "cut" }, retried({ code: "connection", billed: "maybe" })],
    [{ kind: "lose-reply" }, retried({ code: "connection", billed: "maybe" })],
    [{ kind: "overloaded-event" }, retried({ code: "overloaded", billed: "maybe" })],
    [{ kind: "stall" }, retried({ code: "idle-stream", billed: "maybe" })],
  ])("%j", async (fault, row) => {
    const request = aRequest();
    stub.state.faults.clear();
    stub.state.limits.set("*", UNLIMITED);
    const rules = [{ fault, next: 1, runId: request.runId }];
    await fetch(`${stub.url}/_stub/faults`, { method: "POST", body: JSON.stringify({ rules }) });
    const port = anthropicModel({ apiKey: "none", baseURL: stub.url, clock: systemClock });
    // Only who waits for the silence waits for it: on a busy machine an honest answer takes longer than that.
    const idleMs = "kind" in fault && fault.kind === "stall" ? 300 : undefined;
    expectRow(await port.call(request, options(idleMs)), row);
    // The SDK sends nothing again by itself: each retry would be one more request against the rate.
    expect(stub.state.ledger.run(request.runId)).toMatchObject({ turns: [{ started: 1 }] });
  });

  test("what the headers say of the limits is told when an answer begins, and with a refusal", async () => {
    stub.state.faults.clear();
    stub.state.limits.set("*", {
      requestsPerMinute: 60,
      inputTokensPerMinute: 90_000,
      outputTokensPerMinute: 9_000,
      burstSeconds: 2,
    });
    const said: RatesSaid[] = [];
    const port = anthropicModel({ apiKey: "none", baseURL: stub.url, clock: systemClock });
    const answers = [];
    for (let i = 0; i < 3; i++)
      answers.push(await port.call(aRequest(), { ...options(), onRates: (one) => said.push(one) }));
    expect(answers.map(({ kind }) => kind)).toEqual(["answer", "answer", "failed"]);
    const limits = { requestsPerMinute: 60, inputTokensPerMinute: 90_000, outputTokensPerMinute: 9_000 };
    expect(said).toMatchObject([
      { limits, left: { requests: 1 } },
      { limits, left: { requests: 0 } },
      { limits, left: { requests: 0 } },
    ]);
  });
});

describe("told in words of the API that the stub does not speak", () => {
  const event = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
  const start = event("message_start", {
    message: {
      id: "msg_1",
      type: "message",
      role: "assistant",
      model: "m",
      content: [],
      usage: { input_tokens: 5, output_tokens: 1 },
    },
  });
  const midStream = (type: string) => ({
    status: 200,
    body: start + event("error", { error: { type, message: "so" } }),
  });
  const refusal = (status: number, error: object) => ({ status, body: JSON.stringify({ type: "error", error }) });
  const spent = "You have reached your specified API usage limits. You will regain access on 2026-12-01 at 00:00 UTC.";

  test.each<[string, { status: number; body: string }, Row]>([
    ["overloaded in mid-stream", midStream("overloaded_error"), retried({ code: "overloaded", billed: "maybe" })],
    ["an API error in mid-stream", midStream("api_error"), retried({ code: "server-error", billed: "maybe" })],
    ["a time-out in mid-stream", midStream("timeout_error"), retried({ code: "server-error", billed: "maybe" })],
    ["a limit in mid-stream", midStream("rate_limit_error"), limited({ code: "rate-limited", billed: "maybe" })],
    [
      "a type that nobody knows, in mid-stream",
      midStream("new_error"),
      retried({ code: "server-error", billed: "maybe" }),
    ],
    ["a stream that ends too early", { status: 200, body: start }, retried({ code: "connection", billed: "maybe" })],
    ["the account's own spend limit", refusal(400, { type: "invalid_request_error", message: spent }), capped],
    [
      "a type wins over its status",
      refusal(500, { type: "overloaded_error", message: "so" }),
      retried({ code: "overloaded" }),
    ],
    ["no document at all", { status: 502, body: "<html>" }, retried({ code: "server-error", billed: "maybe" })],
  ])("%s", async (_name, answer, row) => {
    const server = createServer((_request, response) => {
      response.writeHead(answer.status, {
        "content-type": answer.status === 200 ? "text/event-stream" : "application/json",
      });
      response.end(answer.body);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    const port = typeof address === "object" ? address?.port : undefined;
    const model = anthropicModel({ apiKey: "none", baseURL: `http://127.0.0.1:${port}`, clock: systemClock });
    try {
      expectRow(await model.call(aRequest(), options()), row);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
