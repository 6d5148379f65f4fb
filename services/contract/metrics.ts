/**
 * Catalogue of metrics: one list for what processes count, what CloudWatch and `GET /v1/metrics` show, what alarms watch and what
 * it costs. A series is a metric with one value of its label; every series is of one installation.
 */
import { lanes, type Pool, pool } from "./ids.ts";
import { HOUR, MINUTE, SECOND } from "./units.ts";

/** Namespace of every metric that Muster writes; each carries the installation as its first dimension. */
export const metricNamespace = "Muster";

/** What a process is; counts of one kind of process are kept together. */
export const metricRoles = ["api", "controller", "worker"] as const;
export type MetricRole = (typeof metricRoles)[number];

/** Labels and their values: bounded by contract, never by what a run says. */
export const metricLabels = { lane: lanes, pool: pool.options } as const;
export type MetricLabel = keyof typeof metricLabels;

/**
 * `counter` adds up, `gauge` is what was measured last, `distribution` keeps how many values fell between two bounds. What a missing
 * value means: `none`: nothing of it happened; `unknown`: nobody could measure it; `broken`: who writes it is gone.
 */
export type Metric = {
  readonly kind: "counter" | "gauge" | "distribution";
  readonly unit: "count" | "ms" | "microUsd";
  readonly label?: MetricLabel;
  readonly text: string;
  readonly by: readonly MetricRole[];
  readonly missing: "none" | "unknown" | "broken";
  /** CloudWatch has the same number from AWS without charge: it is not written a second time. */
  readonly ofAws?: string;
};

const counter = (unit: Metric["unit"], by: readonly MetricRole[], text: string) =>
  ({ kind: "counter", unit, text, by, missing: "none" }) as const;
const everybody = metricRoles;

export const metrics = {
  RunsAccepted: counter("count", ["api"], "runs that the API took in"),
  RunsSucceeded: counter("count", everybody, "runs that ended with a result"),
  RunsFailed: counter("count", everybody, "runs that ended FAILED, TIMED_OUT or DEAD"),
  RunsStopped: counter("count", everybody, "runs that a person's cancel or the run's own budget ended"),
  RunsInterrupted: counter("count", everybody, "times that a run lost its worker and went back to its queue"),
  RunWait: {
    kind: "distribution",
    unit: "ms",
    label: "lane",
    by: ["worker"],
    missing: "none",
    text: "time from submit to the first claim",
  },
  RunTime: {
    kind: "distribution",
    unit: "ms",
    by: everybody,
    missing: "none",
    text: "time from the claim that made a run's first turn to its end",
  },
  RunResponse: {
    kind: "distribution",
    unit: "ms",
    by: everybody,
    missing: "none",
    text: "time from submit to the end",
  },
  Turns: counter("count", ["worker"], "turns committed"),
  TurnsInDoubt: counter("count", everybody, "model calls that may have been billed without a commit"),
  ModelFailures: counter("count", ["worker"], "model calls that failed, 429s included"),
  RateLimits: counter("count", ["worker"], "model calls that the server refused for its rate limit (429)"),
  Cost: counter("microUsd", ["worker"], "cost of committed turns"),
  CostSpikes: counter("count", ["controller"], "hours that cost far more than such an hour usually does"),
  WorkersLost: counter("count", ["controller"], "workers that fell silent or ended without a drain"),
  DeadLetters: counter("count", ["controller"], "wake-ups found in a dead letter queue"),
  StoreFailures: counter("count", everybody, "calls to the table or a queue that failed in the end"),
  ScalingActions: counter("count", ["controller"], "times that a pool was told another size"),
  LaunchesRefused: counter("count", ["controller"], "times that a pool gave less than it was asked for"),
  ControllerHeartbeat: {
    kind: "counter",
    unit: "count",
    by: ["controller"],
    missing: "broken",
    text: "decisions of the leading controller about capacity; holding for want of data is none",
  },
  QueueDepth: {
    kind: "gauge",
    unit: "count",
    label: "lane",
    by: ["controller"],
    missing: "unknown",
    text: "messages that wait for a worker",
    ofAws: "ApproximateNumberOfMessagesVisible",
  },
  OldestWait: {
    kind: "gauge",
    unit: "ms",
    label: "lane",
    by: ["controller"],
    missing: "unknown",
    text: "age of the run that waits longest in its queue",
  },
  SlotsUsed: {
    kind: "gauge",
    unit: "count",
    label: "pool",
    by: ["controller"],
    missing: "none",
    text: "active runs",
  },
  SlotsFree: {
    kind: "gauge",
    unit: "count",
    label: "pool",
    by: ["controller"],
    missing: "none",
    text: "slots of workers that take runs, and have none in them",
  },
  BreakersOpen: {
    kind: "gauge",
    unit: "count",
    by: ["controller"],
    missing: "unknown",
    text: "limit classes whose circuit breaker is not closed",
  },
} as const satisfies Readonly<Record<string, Metric>>;

export type MetricName = keyof typeof metrics;
/** Names of the metrics of a kind. */
export type NameOf<K extends Metric["kind"]> = {
  [N in MetricName]: (typeof metrics)[N]["kind"] extends K ? N : never;
}[MetricName];

export const metricNames = Object.keys(metrics).filter((name): name is MetricName => name in metrics);

/** The catalogue's entry, with the fields that only some have. */
export const metricOf = (name: MetricName): Metric => metrics[name];

/** One time series: a metric, with one value of its label where it has one. */
export type Series = { readonly name: MetricName; readonly value?: string | undefined };

/** Name of a series as it is stored: `RunWait.high`. */
export const seriesKey = ({ name, value }: Series): string => (value === undefined ? name : `${name}.${value}`);

/** Every series that these pools can have. */
export function seriesOf(name: MetricName, pools: readonly Pool[]): readonly Series[] {
  const { label } = metricOf(name);
  if (label === undefined) return [{ name }];
  return (label === "pool" ? pools : metricLabels[label]).map((value) => ({ name, value }));
}

/** Upper bounds of the buckets of a duration; longer ones share the last. The targets (15 s, 30 s) are bounds, so they are exact. */
export const durationBoundsMs = [
  ...[10, 25, 50, 100, 250, 500],
  ...[1, 2, 3, 5, 7.5, 10, 15, 20, 30, 45].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 5, 10, 15, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 6, 24, 72].map((hours) => hours * HOUR),
] as const satisfies readonly number[];
