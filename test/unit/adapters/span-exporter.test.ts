/** Traces: what a run's events become, whoever tells them, and that nothing waits for a collector. */
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { eventRecorder } from "../../../services/adapters/memory/event-recorder.ts";
import { manualClock } from "../../../services/adapters/memory/manual-clock.ts";
import { headersOf, spanExporter } from "../../../services/adapters/system/span-exporter.ts";
import type { HttpAnswer, HttpCall } from "../../../services/adapters/system/timed-http.ts";
import { type RunId, workerId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { eventOf } from "../../../services/core/event.ts";
import { isTold, traceIdOf } from "../../../services/core/run-spans.ts";
import { toldClaim, toldEnd } from "../../../services/core/told-run.ts";
import { aHead } from "../../support/builders.ts";
import { aRunId } from "../../support/ids.ts";

const at = 1_790_000_000_000;
const first = Math.floor(at / 1_000) + 1;
const me = workerId.parse("w_traced-worker");
const headOf = (runId: RunId) =>
  aHead({
    runId,
    createdAtMs: at,
    claimedAtMs: at + 900,
    startedAtMs: at + 900,
    endedAtMs: at + 9_000,
    epoch: first,
    turn: 2,
  });

const claimed = (runId: RunId) => eventOf("run.claimed", toldClaim(headOf(runId), me));
const ended = (runId: RunId) => eventOf("run.ended", toldEnd(headOf(runId), "deadline"));
const committed = (runId: RunId) =>
  eventOf("turn.committed", {
    ...{ runId, turn: 1, model: "claude-haiku", costMicroUsd: 214, inputTokens: 1_200, outputTokens: 80 },
    ...{ endedAtMs: at + 4_000, ms: 3_000 },
  });

const span = z.object({
  traceId: z.string().regex(/^[0-9a-f]{32}$/),
  spanId: z.string().regex(/^[0-9a-f]{16}$/),
  parentSpanId: z.string().optional(),
  name: z.string(),
  kind: z.literal(1),
  startTimeUnixNano: z.string().regex(/^\d{19}$/),
  endTimeUnixNano: z.string().regex(/^\d{19}$/),
  attributes: z.array(z.object({ key: z.string(), value: z.record(z.string(), z.string()) })),
  status: z.object({ code: z.int() }),
});
const body = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(z.unknown()) }),
      scopeSpans: z.array(z.object({ scope: z.object({ name: z.string() }), spans: z.array(span) })),
    }),
  ),
});

function exporter({ share = 1, answer = { kind: "answered", status: 200, text: "" } as HttpAnswer } = {}) {
  const calls: HttpCall[] = [];
  const events = eventRecorder(manualClock(at));
  const http = async (call: HttpCall) => {
    calls.push(call);
    return answer;
  };
  const options = { http, endpoint: "http://collector.test/", headers: { "x-key": "k" }, share };
  const made = spanExporter({ ...options, resource: { "service.name": "muster-worker" } });
  const told = () =>
    calls.flatMap((call) =>
      body.parse(JSON.parse(call.body ?? "")).resourceSpans.flatMap((one) => one.scopeSpans[0]?.spans ?? []),
    );
  return { ...made, calls, events, told };
}

describe("a run", () => {
  test("is one trace: a wait, its turns, and the whole around them, whichever process told which part", async () => {
    const runId = aRunId();
    const [worker, controller] = [exporter(), exporter()];
    for (const event of [claimed(runId), committed(runId)]) worker.listen(event);
    controller.listen(ended(runId));
    await worker.flush(worker.events);
    await controller.flush(controller.events);
    const [wait, turn] = worker.told();
    const [whole] = controller.told();
    expect(new Set([wait, turn, whole].map((one) => one?.traceId))).toEqual(new Set([traceIdOf(runId)]));
    expect([wait?.parentSpanId, turn?.parentSpanId, whole?.parentSpanId]).toEqual([
      whole?.spanId,
      whole?.spanId,
      undefined,
    ]);
    const times = (one: typeof wait) =>
      [one?.startTimeUnixNano, one?.endTimeUnixNano].map((nanos) => Number(nanos) / 1e6 - at);
    expect(times(wait)).toEqual([0, 900]);
    expect(times(turn)).toEqual([1_000, 4_000]);
    expect(times(whole)).toEqual([0, 9_000]);
    expect(whole?.status.code).toBe(2);
    expect(turn?.attributes).toContainEqual({ key: "gen_ai.usage.input_tokens", value: { intValue: "1200" } });
  });

  test("claimed again has a mark of that, and no wait", async () => {
    const one = exporter();
    const head = { ...headOf(aRunId()), epoch: first + 1 };
    one.listen(eventOf("run.claimed", toldClaim(head, me)));
    await one.flush(one.events);
    const [mark] = one.told();
    expect(mark?.name).toBe("claimed again");
    expect(mark?.startTimeUnixNano).toBe(mark?.endTimeUnixNano);
  });
});

describe("telling", () => {
  test("is one call for all that was gathered, to the collector's address, with its headers; none for nothing", async () => {
    const one = exporter();
    await one.flush(one.events);
    for (let i = 0; i < 3; i++) one.listen(ended(aRunId()));
    await one.flush(one.events);
    await one.flush(one.events);
    expect(one.calls).toHaveLength(1);
    expect(one.calls[0]).toMatchObject({
      method: "POST",
      url: "http://collector.test/v1/traces",
      timeoutMs: limits.spansCallMs,
    });
    expect(one.calls[0]?.headers).toEqual({ "x-key": "k", "content-type": "application/json" });
    expect(one.told()).toHaveLength(3);
  });

  test("never keeps more than its bound, and says what was lost", async () => {
    const one = exporter();
    const runId = aRunId();
    for (let i = 0; i < limits.spansMax + 7; i++) one.listen(committed(runId));
    await one.flush(one.events);
    expect(one.told()).toHaveLength(limits.spansMax);
    expect(one.events.of("spans.lost")).toMatchObject([{ spans: 7 }]);
  });

  test.each([
    [{ kind: "failed", because: "ECONNREFUSED" } as const, "ECONNREFUSED"],
    [{ kind: "answered", status: 503, text: "" } as const, "status 503"],
  ])(
    "a collector that does not take them (%j) is told of once, and they are not sent again",
    async (answer, because) => {
      const one = exporter({ answer });
      one.listen(ended(aRunId()));
      await one.flush(one.events);
      await one.flush(one.events);
      expect(one.events.of("spans.lost")).toEqual([{ spans: 1, because }]);
      expect(one.calls).toHaveLength(1);
    },
  );

  test("of a share of the runs means all of a run or nothing", async () => {
    const runs = Array.from({ length: 400 }, aRunId);
    const told = runs.filter((runId) => isTold(traceIdOf(runId), 0.25));
    expect(told.length).toBeGreaterThan(50);
    expect(told.length).toBeLessThan(150);
    const one = exporter({ share: 0.25 });
    for (const runId of runs) for (const event of [claimed(runId), committed(runId), ended(runId)]) one.listen(event);
    await one.flush(one.events);
    expect(one.told()).toHaveLength(3 * told.length);
    const none = exporter({ share: 0 });
    for (const runId of runs) none.listen(ended(runId));
    await none.flush(none.events);
    expect(none.calls).toEqual([]);
  });
});

test("headers are read as OpenTelemetry writes them", () => {
  expect(headersOf("a=b, authorization=Bearer%20x=y,broken,=z")).toEqual({ a: "b", authorization: "Bearer x=y" });
  expect(headersOf("")).toEqual({});
});
