/** Every alarm as data. Its key is its name, and the heading of its section in RUNBOOK.md. */
import { ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { lanes } from "../../services/contract/ids.ts";
import type { Measures } from "./measures.ts";

/** How soon somebody should look: at once, today, when there is time. Each priority has a topic of its own. */
export const priorities = ["high", "medium", "low"] as const;
export type Priority = (typeof priorities)[number];

export type AlarmSpec = {
  readonly key: string;
  readonly priority: Priority;
  readonly text: string;
  readonly metric: IMetric;
  readonly above?: number;
  readonly below?: number;
  /** Periods in a row, each of which must be beyond the threshold. */
  readonly periods: number;
  readonly missing: TreatMissingData;
};

/** Errors of fewer runs are no rate. */
const RUNS_LEAST = 10;

const { NOT_BREACHING, BREACHING, IGNORE } = TreatMissingData;

/** Something that happened: missing means that it did not. */
const counted = (measures: Measures, name: "CostSpikes" | "ScalingActions" | "LaunchesRefused") => ({
  metric: measures.of(name, { minutes: 5 }),
  above: 0,
  periods: 1,
  missing: NOT_BREACHING,
});

const depths = (measures: Measures, which: "queue" | "deadLetter"): IMetric =>
  measures.expression(
    lanes.map((lane) => `FILL(${lane},0)`).join("+"),
    Object.fromEntries(lanes.map((lane) => [lane, measures.depth(lane, which)])),
    which === "queue" ? "waiting runs" : "dead letters",
  );

/** A low lane may wait: only the two that people wait for are judged. */
const waiting = ["high", "normal"] as const;

function wait(measures: Measures, name: "RunWait" | "OldestWait", minutes: number): IMetric {
  const stat = name === "RunWait" ? "p95" : "Maximum";
  const using = Object.fromEntries(waiting.map((value) => [value, measures.of(name, { value, minutes, stat })]));
  return measures.expression("MAX([FILL(high,0),FILL(normal,0)])", using, "waiting, ms");
}

/** The controller's own sign of life; where CloudWatch scales in its place, that it still measures. */
const alive = (measures: Measures): IMetric =>
  measures.deployment.driver === "controller"
    ? measures.of("ControllerHeartbeat")
    : measures.of("BreakersOpen", { stat: "SampleCount" });

const high = (measures: Measures): readonly AlarmSpec[] => [
  {
    ...{ key: "error-rate", priority: "high", text: "More than 2 % of the runs fail" },
    ...{ metric: measures.errorRate(5, RUNS_LEAST), above: 2, periods: 1, missing: NOT_BREACHING },
  },
  {
    ...{ key: "queue-depth", priority: "high", text: "More than 500 runs wait" },
    ...{ metric: depths(measures, "queue"), above: 500, periods: 3, missing: NOT_BREACHING },
  },
  {
    ...{ key: "dead-letters", priority: "high", text: "Dead letters lie there and nobody takes care of them" },
    ...{ metric: depths(measures, "deadLetter"), above: 0, periods: 3, missing: NOT_BREACHING },
  },
  {
    ...{ key: "controller-silent", priority: "high", text: "The controller does not decide any more" },
    ...{ metric: alive(measures), below: 1, periods: 3, missing: BREACHING },
  },
  {
    ...{ key: "breaker-open", priority: "high", text: "No calls to a model start, because too many failed" },
    ...{ metric: measures.of("BreakersOpen", { stat: "Maximum" }), above: 0, periods: 2, missing: IGNORE },
  },
];

const medium = (measures: Measures): readonly AlarmSpec[] => [
  {
    ...{ key: "waiting", priority: "medium", text: "P95 of waiting is above 30 s in the lane high or normal" },
    ...{ metric: wait(measures, "RunWait", 5), above: 30_000, periods: 1, missing: NOT_BREACHING },
  },
  {
    ...{
      key: "oldest-wait",
      priority: "medium",
      text: "A run of the lane high or normal waits for more than 5 minutes",
    },
    ...{ metric: wait(measures, "OldestWait", 1), above: 300_000, periods: 3, missing: NOT_BREACHING },
  },
  {
    ...{
      key: "cost-spike",
      priority: "medium",
      text: "An hour costs more than 20 % above what such an hour usually does",
    },
    ...counted(measures, "CostSpikes"),
  },
];

const low = (measures: Measures): readonly AlarmSpec[] => [
  {
    ...{ key: "utilisation", priority: "low", text: "More than 90 % of the slots are in use" },
    ...{ metric: measures.utilisation(5), above: 90, periods: 2, missing: NOT_BREACHING },
  },
  {
    ...{ key: "scaling", priority: "low", text: "A pool was told another size" },
    ...counted(measures, "ScalingActions"),
  },
  {
    ...{ key: "capacity-refused", priority: "low", text: "A pool gave less than it was asked for" },
    ...counted(measures, "LaunchesRefused"),
  },
];

/** The alarms of an installation. */
export const alarmsOf = (measures: Measures): readonly AlarmSpec[] => [
  ...high(measures),
  ...medium(measures),
  ...low(measures),
];

/** The comparison that a threshold means. */
export const comparisonOf = ({ below }: AlarmSpec): ComparisonOperator =>
  below === undefined ? ComparisonOperator.GREATER_THAN_THRESHOLD : ComparisonOperator.LESS_THAN_THRESHOLD;
