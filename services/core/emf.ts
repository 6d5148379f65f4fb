/** Lines in CloudWatch's embedded metric format: CloudWatch makes metrics of them when they arrive in any log group. Pure. */
import { type Metric, metricNamespace, metricOf } from "../contract/metrics.ts";
import type { Measured } from "./metric-window.ts";

/** Whose metrics they are, and when they were measured. */
export type EmfContext = { readonly installation: string; readonly nowMs: number };

const units = { count: "Count", ms: "Milliseconds", microUsd: "None" } as const satisfies Record<
  Metric["unit"],
  string
>;
const MICRO = 1_000_000;

/** CloudWatch shows money in dollars. */
const shown = (unit: Metric["unit"], value: number): number => (unit === "microUsd" ? value / MICRO : value);

/** A distribution is the mean of each bucket and how often it counts: percentiles of many processes together stay right. */
function numbersOf(measured: Measured) {
  if (measured.kind !== "distribution") return shown(metricOf(measured.name).unit, measured.number);
  const buckets = [...measured.buckets.values()];
  return { Values: buckets.map(({ count, sum }) => sum / count), Counts: buckets.map(({ count }) => count) };
}

const capital = (label: string): string => label.charAt(0).toUpperCase() + label.slice(1);

function lineOf(some: readonly Measured[], { installation, nowMs }: EmfContext): string {
  const [first] = some;
  const label = first && metricOf(first.name).label;
  const labels = label === undefined ? {} : { [capital(label)]: first?.value };
  const dimensions = { Installation: installation, ...labels };
  const Metrics = some.map(({ name }) => ({ Name: name, Unit: units[metricOf(name).unit] }));
  const directive = { Namespace: metricNamespace, Dimensions: [Object.keys(dimensions)], Metrics };
  return `${JSON.stringify({
    _aws: { Timestamp: nowMs, CloudWatchMetrics: [directive] },
    ...dimensions,
    ...Object.fromEntries(some.map((measured) => [measured.name, numbersOf(measured)])),
  })}\n`;
}

/** One line for each value of a label, and one for what has none; nothing for what AWS measures itself. */
export function emfLines(all: readonly Measured[], context: EmfContext): readonly string[] {
  const written = all.filter(({ name }) => metricOf(name).ofAws === undefined);
  const groups = Map.groupBy(written, ({ name, value }) => `${metricOf(name).label} ${value}`);
  return [...groups.values()].map((some) => lineOf(some, context));
}
