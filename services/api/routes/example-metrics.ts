/** Examples of metrics that the documentation shows; a test parses each with the schema that it stands at. */
import { metricReport } from "../../contract/metric-view.ts";

export const exampleMetrics = metricReport.parse({
  at: "2026-10-01T09:05:30.000Z",
  since: "2026-09-01T08:00:00.000Z",
  recentSeconds: 330,
  gaugesAt: "2026-10-01T09:05:12.000Z",
  now: {
    ...{ activeRuns: 118, queueDepth: 4, oldestWaitMs: 900, utilisation: 0.82, runsPerSecond: 6.1, errorRate: 0.002 },
    ...{ modelErrorRate: 0.004, costPerHourMicroUsd: 41_200_000 },
  },
  metrics: [
    { kind: "counter", name: "RunsSucceeded", unit: "count", labels: {}, total: 48_211, recent: 2_009 },
    {
      ...{
        kind: "distribution",
        name: "RunWait",
        unit: "ms",
        labels: { lane: "normal" },
        count: 47_120,
        sumMs: 23_560_000,
      },
      recent: { count: 1_920, p50Ms: 210, p95Ms: 1_840, p99Ms: 2_900 },
    },
    { kind: "gauge", name: "SlotsUsed", unit: "count", labels: { pool: "spot" }, value: 118 },
  ],
});

export const exampleOpenMetrics = [
  "# TYPE muster_runs_succeeded counter",
  "# HELP muster_runs_succeeded runs that ended with a result",
  "muster_runs_succeeded_total 48211",
  "# TYPE muster_slots_used gauge",
  "# HELP muster_slots_used active runs",
  'muster_slots_used{pool="spot"} 118',
  "# EOF",
  "",
].join("\n");
