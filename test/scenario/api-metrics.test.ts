/** GET /v1/metrics: what processes counted and the controller measured, for people and for Prometheus. */
import { describe, expect, test } from "vitest";
import { metricReport } from "../../services/contract/metric-view.ts";
import { openMetricsType } from "../../services/core/open-metrics.ts";
import { anApi } from "./api-fixture.ts";

const PROMETHEUS =
  "application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2";

async function withMetrics() {
  const api = await anApi();
  const { metrics } = api.world;
  const atMs = api.clock.nowMs();
  const counted = { RunsSucceeded: 97, RunsFailed: 3, Turns: 200, ModelFailures: 50, Cost: 6_600_000 };
  await metrics.add({ role: "worker", atMs: atMs - 3_600_000, cells: { RunsSucceeded: 1_000 } });
  await metrics.add({
    role: "worker",
    atMs,
    cells: { ...counted, "RunWait.high.15": 100, "RunWait.high.sum": 1_250_000 },
  });
  const values = {
    "QueueDepth.high": 4,
    "QueueDepth.low": 6,
    "OldestWait.high": 900,
    "SlotsUsed.spot": 30,
    "SlotsFree.spot": 10,
  };
  await metrics.publish({ atMs, values });
  const report = async () => metricReport.parse(await (await api.ask("GET", "/v1/metrics", { as: "operator" })).json());
  return { ...api, report };
}

describe("as JSON", () => {
  test("totals of all time, what is recent, and what it means now", async () => {
    const { report } = await withMetrics();
    const { now, metrics, recentSeconds } = await report();
    expect(recentSeconds).toBeGreaterThanOrEqual(300);
    expect(recentSeconds).toBeLessThan(360);
    expect(now).toMatchObject({ activeRuns: 30, queueDepth: 10, oldestWaitMs: 900, utilisation: 0.75 });
    expect(now).toMatchObject({ errorRate: 0.03, modelErrorRate: 0.2 });
    expect(now.runsPerSecond).toBeCloseTo(100 / recentSeconds, 3);
    expect(now.costPerHourMicroUsd).toBe(Math.round((6_600_000 / recentSeconds) * 3_600));
    const of = (name: string, labels = {}) =>
      metrics.find((one) => one.name === name && JSON.stringify(one.labels) === JSON.stringify(labels));
    expect(of("RunsSucceeded")).toMatchObject({ kind: "counter", total: 1_097, recent: 97 });
    expect(of("RunWait", { lane: "high" })).toMatchObject({ count: 100, sumMs: 1_250_000, recent: { count: 100 } });
    expect(of("RunWait", { lane: "low" })).toMatchObject({ count: 0, recent: { count: 0 } });
  });

  test("what nobody can say is absent: rates of nothing, gauges that are old", async () => {
    const { report, clock } = await withMetrics();
    await clock.advance(600_000);
    const { now, metrics, gaugesAt } = await report();
    expect(now).toEqual({ runsPerSecond: 0, costPerHourMicroUsd: 0 });
    expect(gaugesAt).toBeUndefined();
    expect(metrics.filter(({ kind }) => kind === "gauge")).toEqual([]);
    expect(metrics.find(({ name }) => name === "RunsFailed")).toMatchObject({ total: 3, recent: 0 });
  });

  test("an installation that measured nothing has counters at 0", async () => {
    const { ask } = await anApi();
    const { since, now, metrics } = metricReport.parse(
      await (await ask("GET", "/v1/metrics", { as: "operator" })).json(),
    );
    expect(since).toBeUndefined();
    expect(now.activeRuns).toBeUndefined();
    expect(metrics.every((one) => one.kind === "distribution" || ("total" in one && one.total === 0))).toBe(true);
  });
});

describe("as OpenMetrics", () => {
  test.each([
    [undefined, "application/json"],
    ["*/*", "application/json"],
    ["application/json", "application/json"],
    ["application/openmetrics-text;q=0.1, application/json", "application/json"],
    ["application/openmetrics-text;q=0, */*", "application/json"],
    ["application/openmetrics-text", openMetricsType],
    [PROMETHEUS, openMetricsType],
  ])("Accept: %s gives %s", async (accept, type) => {
    const { ask } = await withMetrics();
    const answer = await ask("GET", "/v1/metrics", { as: "operator", headers: accept === undefined ? {} : { accept } });
    expect(answer.headers.get("content-type")).toBe(type);
  });

  test("the same numbers", async () => {
    const { ask } = await withMetrics();
    const answer = await ask("GET", "/v1/metrics", { as: "operator", headers: { accept: PROMETHEUS } });
    const lines = (await answer.text()).split("\n");
    expect(lines).toContain("muster_runs_succeeded_total 1097");
    expect(lines).toContain('muster_slots_used{pool="spot"} 30');
    expect(lines).toContain('muster_run_wait_seconds_sum{lane="high"} 1250');
    expect(lines.at(-2)).toBe("# EOF");
  });
});

test("is an operator's: it is of all tenants", async () => {
  const { ask } = await anApi();
  expect((await ask("GET", "/v1/metrics")).status).toBe(403);
  expect((await ask("GET", "/v1/metrics", { as: null })).status).toBe(401);
});
