/** What was measured, put together for people and for programs that scrape. Pure. */

import { pool } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { type Cells, type Gauges, minuteOf } from "../contract/metric-cells.ts";
import type { MetricReport, MetricView } from "../contract/metric-view.ts";
import { type MetricName, metricNames, metricOf, type Series, seriesKey, seriesOf } from "../contract/metrics.ts";
import { countOf, quantileMs } from "./histogram.ts";
import { addCells, histogramOf } from "./metric-cells.ts";

/** What the store has; the gauges only where they are not old. */
export type Seen = {
  readonly sinceMs: number | undefined;
  readonly totals: Cells;
  readonly minutes: ReadonlyMap<number, Cells>;
  readonly gauges: Gauges | undefined;
};

const HOUR_SECONDS = 3_600;
const iso = (ms: number): string => new Date(ms).toISOString();

/** First minute that recent numbers are of. */
export const recentFrom = (nowMs: number): number => minuteOf(nowMs) - limits.metricsMinutes;

/** The gauges, unless they are too old to be of now. */
export const freshGauges = ({ gauges }: Seen, nowMs: number): Gauges | undefined =>
  gauges !== undefined && nowMs - gauges.atMs <= limits.gaugesOldMs ? gauges : undefined;

const allSeries = (): readonly Series[] => metricNames.flatMap((name) => seriesOf(name, pool.options));

function viewOf(series: Series, seen: { totals: Cells; recent: Cells; gauges: Gauges | undefined }): MetricView[] {
  const { kind, unit, label } = metricOf(series.name);
  const key = seriesKey(series);
  const labels = label === undefined || series.value === undefined ? {} : { [label]: series.value };
  const named = { name: series.name, unit, labels };
  if (kind === "counter") return [{ kind, ...named, total: seen.totals[key] ?? 0, recent: seen.recent[key] ?? 0 }];
  if (kind === "gauge") {
    const value = seen.gauges?.values[key];
    return value === undefined ? [] : [{ kind, ...named, value }];
  }
  const [all, recent] = [histogramOf(seen.totals, series), histogramOf(seen.recent, series)];
  const [p50Ms, p95Ms, p99Ms] = [0.5, 0.95, 0.99].map((part) => quantileMs(recent, part));
  return [
    { kind, ...named, count: countOf(all), sumMs: all.sumMs, recent: { count: countOf(recent), p50Ms, p95Ms, p99Ms } },
  ];
}

const share = (part: number, whole: number): number | undefined => (whole === 0 ? undefined : part / whole);

/** Sum of the gauges of all labels; undefined when none was measured. */
function gaugeSum(gauges: Gauges | undefined, name: MetricName): number | undefined {
  const values = Object.entries(gauges?.values ?? {}).flatMap(([key, value]) =>
    key.startsWith(`${name}.`) ? [value] : [],
  );
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0);
}

function nowOf(recent: Cells, gauges: Gauges | undefined, seconds: number): MetricReport["now"] {
  const of = (name: MetricName): number => recent[name] ?? 0;
  const judged = of("RunsSucceeded") + of("RunsFailed");
  // A fleet without a worker is measured too: it has no slots.
  const used = gauges === undefined ? undefined : (gaugeSum(gauges, "SlotsUsed") ?? 0);
  const free = gauges === undefined ? undefined : (gaugeSum(gauges, "SlotsFree") ?? 0);
  const oldest = Object.entries(gauges?.values ?? {}).flatMap(([key, value]) =>
    key.startsWith("OldestWait.") ? [value] : [],
  );
  return {
    activeRuns: used,
    queueDepth: gaugeSum(gauges, "QueueDepth"),
    oldestWaitMs: oldest.length === 0 ? undefined : Math.max(...oldest),
    utilisation: used === undefined || free === undefined ? undefined : share(used, used + free),
    runsPerSecond: Math.round(((judged + of("RunsStopped")) / seconds) * 1_000) / 1_000,
    errorRate: share(of("RunsFailed"), judged),
    modelErrorRate: share(of("ModelFailures"), of("ModelFailures") + of("Turns")),
    costPerHourMicroUsd: Math.round((of("Cost") / seconds) * HOUR_SECONDS),
  };
}

/** The report at a time. What is missing in the store is 0 only where the catalogue says that nothing happened. */
export function metricReportOf(seen: Seen, nowMs: number): MetricReport {
  const from = recentFrom(nowMs);
  const recent = addCells([...seen.minutes].flatMap(([minute, cells]) => (minute >= from ? [cells] : [])));
  const recentSeconds = Math.max(1, Math.round(nowMs / 1_000 - from * 60));
  const gauges = freshGauges(seen, nowMs);
  const views = allSeries().flatMap((series) => viewOf(series, { totals: seen.totals, recent, gauges }));
  return {
    at: iso(nowMs),
    ...(seen.sinceMs === undefined ? {} : { since: iso(seen.sinceMs) }),
    recentSeconds,
    ...(gauges === undefined ? {} : { gaugesAt: iso(gauges.atMs) }),
    now: nowOf(recent, gauges, recentSeconds),
    metrics: views,
  };
}
