/** The OpenMetrics text format, version 1.0.0. Pure. */
import { pool } from "../contract/ids.ts";
import type { Cells } from "../contract/metric-cells.ts";
import {
  durationBoundsMs,
  type Metric,
  type MetricName,
  metricNames,
  metricOf,
  type Series,
  seriesKey,
  seriesOf,
} from "../contract/metrics.ts";
import { histogramOf } from "./metric-cells.ts";
import { freshGauges, type Seen } from "./metric-report.ts";

/** Its media type. */
export const openMetricsType = "application/openmetrics-text; version=1.0.0; charset=utf-8";

type Unit = Metric["unit"];
const units = { count: undefined, ms: "seconds", microUsd: "usd" } as const satisfies Record<Unit, string | undefined>;
const per = { count: 1, ms: 1_000, microUsd: 1_000_000 } as const satisfies Record<Unit, number>;
const types = { counter: "counter", gauge: "gauge", distribution: "histogram" } as const;

/** `RunWait` is `muster_run_wait_seconds`: the unit is the end of the name. */
export function familyOf(name: MetricName): string {
  const unit = units[metricOf(name).unit];
  const snake = name.replace(/(?!^)[A-Z]/g, "_$&").toLowerCase();
  return `muster_${snake}${unit === undefined ? "" : `_${unit}`}`;
}

/** A bound as OpenMetrics writes it: a float, also where it is whole. */
const float = (value: number): string => (Number.isInteger(value) ? `${value}.0` : String(value));

/** Values of labels are words of the contract; nothing in them needs an escape. */
function labelled(name: string, { name: metric, value }: Series, more: readonly string[] = []): string {
  const { label } = metricOf(metric);
  const all = [...(label === undefined ? [] : [`${label}="${value}"`]), ...more];
  return all.length === 0 ? name : `${name}{${all.join(",")}}`;
}

function histogramLines(family: string, cells: Cells, series: Series): string[] {
  const { counts, sumMs } = histogramOf(cells, series);
  let below = 0;
  const bucket = (bound: string, i: number): string => {
    below += counts.get(i) ?? 0;
    return `${labelled(`${family}_bucket`, series, [`le="${bound}"`])} ${below}`;
  };
  const bounds = [...durationBoundsMs.map((ms) => float(ms / per.ms)), "+Inf"].map(bucket);
  return [
    ...bounds,
    `${labelled(`${family}_count`, series)} ${below}`,
    `${labelled(`${family}_sum`, series)} ${sumMs / per.ms}`,
  ];
}

function seriesLines(series: Series, totals: Cells, gauges: Readonly<Record<string, number>>): string[] {
  const { kind, unit } = metricOf(series.name);
  const family = familyOf(series.name);
  if (kind === "distribution") return histogramLines(family, totals, series);
  const [stored, end] =
    kind === "counter" ? [totals[seriesKey(series)] ?? 0, "_total"] : [gauges[seriesKey(series)], ""];
  return stored === undefined ? [] : [`${labelled(family + end, series)} ${stored / per[unit]}`];
}

function familyLines(name: MetricName, totals: Cells, gauges: Readonly<Record<string, number>>): string[] {
  const { kind, unit, text } = metricOf(name);
  const family = familyOf(name);
  const ofUnit = units[unit];
  return [
    `# TYPE ${family} ${types[kind]}`,
    ...(ofUnit === undefined ? [] : [`# UNIT ${family} ${ofUnit}`]),
    `# HELP ${family} ${text}`,
    ...seriesOf(name, pool.options).flatMap((series) => seriesLines(series, totals, gauges)),
  ];
}

/** Every family of the catalogue; what was not measured has no line of its own. */
export function openMetrics(seen: Seen, nowMs: number): string {
  const gauges = freshGauges(seen, nowMs)?.values ?? {};
  const lines = metricNames.flatMap((name) => familyLines(name, seen.totals, gauges));
  return `${[...lines, "# EOF"].join("\n")}\n`;
}
