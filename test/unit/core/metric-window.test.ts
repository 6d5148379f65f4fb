/** From events to lines for CloudWatch and sums for the store. */
import { describe, expect, test } from "vitest";
import type { EventName, EventPayload } from "../../../services/contract/events.ts";
import { runId, tenantId, workerId } from "../../../services/contract/ids.ts";
import { metricNames, metricOf } from "../../../services/contract/metrics.ts";
import { emfLines } from "../../../services/core/emf.ts";
import { eventOf } from "../../../services/core/event.ts";
import { measureEvent } from "../../../services/core/measure-event.ts";
import { cellsOf, gaugesOf, histogramOf } from "../../../services/core/metric-cells.ts";
import { MetricWindow } from "../../../services/core/metric-window.ts";
import { toldClaim, toldEnd } from "../../../services/core/told-run.ts";
import { aHead } from "../../support/builders.ts";

const id = runId.parse(`run_${"a".repeat(26)}`);
const tenant = tenantId.parse("acme");
const me = workerId.parse("w_measured-worker");
const at = 1_790_000_000_000;
const head = aHead({ createdAtMs: at, startedAtMs: at + 4_000, endedAtMs: at + 10_000, turn: 3 });

function measured() {
  const window = new MetricWindow();
  const emit = <N extends EventName>(name: N, payload: EventPayload<N>) => measureEvent(window, eventOf(name, payload));
  return { window, emit };
}

describe("events are measured", () => {
  test("an end counts as a success, a failure, or as what a person wanted", () => {
    const { window, emit } = measured();
    for (const reason of ["completed", "completed", "deadline", "too-many-failures", "output-invalid"] as const)
      emit("run.ended", toldEnd(head, reason));
    for (const reason of ["cancelled-by-user", "budget"] as const) emit("run.ended", toldEnd(head, reason));
    const cells = cellsOf(window.take());
    expect(cells).toMatchObject({ RunsSucceeded: 2, RunsFailed: 3, RunsStopped: 2 });
    expect(cells["RunResponse.sum"]).toBe(70_000);
    expect(cells["RunTime.sum"]).toBe(42_000);
  });

  test("a run that never began has no time of its own; only a first claim has a wait", () => {
    const { window, emit } = measured();
    emit("run.ended", toldEnd({ ...head, startedAtMs: undefined }, "cancelled-by-user"));
    const first = Math.floor(at / 1_000) + 1;
    emit("run.claimed", toldClaim({ ...head, lane: "high", epoch: first, claimedAtMs: at + 700 }, me));
    emit("run.claimed", toldClaim({ ...head, lane: "high", epoch: first + 1, claimedAtMs: at + 90_000 }, me));
    const cells = cellsOf(window.take());
    expect(Object.keys(cells).filter((name) => name.startsWith("RunTime"))).toEqual([]);
    expect(histogramOf(cells, { name: "RunWait", value: "high" })).toEqual({ counts: new Map([[6, 1]]), sumMs: 700 });
  });

  test("a 429 is a failed call too; a run that waits for the rate was not interrupted", () => {
    const { window, emit } = measured();
    for (const code of ["rate-limited", "overloaded"] as const)
      emit("model.failed", { runId: id, turn: 1, code, message: "no" });
    for (const reason of ["drain", "worker-lost", "rate-limited", "batch"] as const)
      emit("run.requeued", { runId: id, tenant, reason, turn: 1 });
    expect(cellsOf(window.take())).toEqual({ ModelFailures: 2, RateLimits: 1, RunsInterrupted: 2 });
  });

  test("what was measured last is the gauge; what could not be measured has none", () => {
    const { window, emit } = measured();
    emit("fleet.measured", { lanes: [{ lane: "low", waiting: 9 }], pools: [], breakersOpen: 1 });
    emit("fleet.measured", {
      lanes: [{ lane: "low" }, { lane: "high", oldestMs: 0 }],
      pools: [{ pool: "spot", used: 3, free: 1 }],
    });
    const all = window.take();
    expect(gaugesOf(all)).toEqual({
      "QueueDepth.low": 9,
      "OldestWait.high": 0,
      "SlotsUsed.spot": 3,
      "SlotsFree.spot": 1,
      BreakersOpen: 1,
    });
    expect(cellsOf(all)).toEqual({});
    expect(window.take()).toEqual([]);
  });

  test("every metric of the catalogue is written by somebody", () => {
    const { window, emit } = measured();
    emit("run.accepted", { runId: id, tenant, lane: "normal", createdAtMs: at });
    for (const reason of ["completed", "deadline", "budget"] as const) emit("run.ended", toldEnd(head, reason));
    emit("run.claimed", toldClaim({ ...head, epoch: Math.floor(at / 1_000) + 1, claimedAtMs: at }, me));
    emit("run.requeued", { runId: id, tenant, reason: "drain", turn: 1 });
    emit("turn.committed", {
      ...{ runId: id, turn: 1, model: "m", costMicroUsd: 20, inputTokens: 1, outputTokens: 1, endedAtMs: at, ms: 5 },
    });
    emit("turn.doubtful", { runId: id, turn: 1 });
    emit("model.failed", { runId: id, turn: 1, code: "rate-limited", message: "no" });
    emit("cost.spike", { hour: new Date(at).toISOString(), spentMicroUsd: 3, usualMicroUsd: 1 });
    emit("controller.decided", { epoch: 1 });
    emit("worker.buried", { workerId: me, because: "silent" });
    emit("dead-letter.dropped", { lane: "low", because: "old", body: "" });
    emit("store.failed", { operation: "get", message: "no" });
    const moved = { cordoned: 0, drained: 0, ended: 0, because: ["backlog"] };
    emit("fleet.scaled", { pool: "spot", from: 1, to: 2, ...moved });
    emit("fleet.refused", { pool: "spot", answer: "no-capacity", because: "none" });
    const lanes = [{ lane: "low", waiting: 1, oldestMs: 1 } as const];
    emit("fleet.measured", { lanes, pools: [{ pool: "spot", used: 1, free: 1 }], breakersOpen: 0 });
    const names = new Set(window.take().map(({ name }) => name));
    expect([...names].toSorted()).toEqual([...metricNames].toSorted());
  });
});

describe("lines for CloudWatch", () => {
  const context = { installation: "muster", nowMs: at };
  const parsed = (window: MetricWindow) => emfLines(window.take(), context).map((line) => JSON.parse(line));

  test("one line without labels, one for each value of a label; none of what AWS measures", () => {
    const { window, emit } = measured();
    window.add("RunsFailed");
    window.add("Cost", 2_500_000);
    const pools = [{ pool: "spot", used: 3, free: 1 } as const];
    emit("fleet.measured", { lanes: [{ lane: "low", waiting: 9, oldestMs: 5 }], pools });
    const lines = parsed(window);
    expect(lines).toHaveLength(3);
    const [plain, low, spot] = lines;
    expect(plain).toMatchObject({ Installation: "muster", RunsFailed: 1, Cost: 2.5 });
    expect(plain._aws).toMatchObject({
      Timestamp: at,
      CloudWatchMetrics: [{ Namespace: "Muster", Dimensions: [["Installation"]] }],
    });
    expect(low).toMatchObject({ Lane: "low", OldestWait: 5 });
    expect(low._aws.CloudWatchMetrics[0].Dimensions).toEqual([["Installation", "Lane"]]);
    expect(low).not.toHaveProperty("QueueDepth");
    expect(spot).toMatchObject({ Pool: "spot", SlotsUsed: 3, SlotsFree: 1 });
  });

  test("every directive names exactly the values of its line, with units that CloudWatch knows", () => {
    const { window, emit } = measured();
    emit("run.ended", toldEnd(head, "completed"));
    const [line] = parsed(window);
    const { Metrics } = line._aws.CloudWatchMetrics[0];
    expect(Metrics).toEqual([
      { Name: "RunsSucceeded", Unit: "Count" },
      { Name: "RunResponse", Unit: "Milliseconds" },
      { Name: "RunTime", Unit: "Milliseconds" },
    ]);
    for (const { Name } of Metrics) expect(line).toHaveProperty(Name);
  });

  test("however many values, a distribution is as many numbers as it has buckets, and keeps count and sum", () => {
    const window = new MetricWindow();
    for (let i = 0; i < 10_000; i++) window.observe("RunWait", "normal", i * 7);
    window.observe("RunWait", "normal", -5);
    const [line] = emfLines(window.take(), context);
    const { Values, Counts } = JSON.parse(line ?? "").RunWait;
    expect(Values.length).toBeLessThan(40);
    expect(Counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(10_001);
    const sum = Values.reduce((all: number, value: number, i: number) => all + value * Counts[i], 0);
    expect(Math.round(sum)).toBe((9_999 * 10_000 * 7) / 2);
    expect(line?.length).toBeLessThan(2_000);
    expect(metricOf("RunWait").kind).toBe("distribution");
  });
});
