/** One page that says how the installation is: targets first, then runs, queues, capacity, the model, money, decisions. */
import { Aws, Duration } from "aws-cdk-lib";
import {
  AlarmStatusWidget,
  Color,
  Dashboard,
  GraphWidget,
  type HorizontalAnnotation,
  type IAlarm,
  type IMetric,
  type IWidget,
  LogQueryWidget,
  PeriodOverride,
  SingleValueWidget,
  TextWidget,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { lanes } from "../../services/contract/ids.ts";
import type { NameOf } from "../../services/contract/metrics.ts";
import { logNameOf } from "../config/names.ts";
import type { Measures } from "./measures.ts";

const THIRD = 8;
const HALF = 12;
const WHOLE = 24;
const HEIGHT = 6;

const target = (value: number, label: string): HorizontalAnnotation => ({ value, label, color: Color.RED });

type Graph = {
  readonly left: readonly IMetric[];
  readonly right?: readonly IMetric[];
  readonly target?: HorizontalAnnotation;
};

const graph = (title: string, width: number, { left, right = [], target: line }: Graph): IWidget =>
  new GraphWidget({
    ...{ title, width, height: HEIGHT, left: [...left], right: [...right], liveData: true },
    leftYAxis: { min: 0 },
    ...(line === undefined ? {} : { leftAnnotations: [line] }),
  });

const percentiles = (measures: Measures, name: NameOf<"distribution">): IMetric[] =>
  (["p50", "p95", "p99"] as const).map((stat) => measures.of(name, { stat, minutes: 5, label: stat.toUpperCase() }));

/** What the specification promises, as numbers of now. */
function targets(measures: Measures): IWidget[] {
  const value = (title: string, metrics: IMetric[]): IWidget =>
    new SingleValueWidget({ title, metrics, width: 4, height: 3, sparkline: true });
  const { Count: all, bad } = { Count: measures.api("Count", "Sum", 60), bad: measures.api("5XXError", "Sum", 60) };
  const uptime = measures.expression("100*(1-bad/all)", { all, bad }, "%");
  return [
    value("P95 of the response < 15 s", [measures.of("RunResponse", { minutes: 5, label: "ms" })]),
    value("Failed runs < 1 %", [measures.errorRate(60, 1)]),
    value("API answers > 99.5 %", [uptime]),
    value("Active runs", [measures.sum("SlotsUsed", "runs")]),
    value("Runs / s", [
      measures.expression("FILL(ended,0)/60", { ended: measures.of("RunsSucceeded") }, "succeeded / s"),
    ]),
    value("Cost, last hour", [measures.of("Cost", { minutes: 60, label: "USD" })]),
  ];
}

const runs = (measures: Measures): IWidget[] => [
  graph("Runs in and out, a minute", THIRD, {
    left: (["RunsAccepted", "RunsSucceeded", "RunsFailed", "RunsStopped"] as const).map((name) => measures.of(name)),
  }),
  graph("Failed runs, %", THIRD, { left: [measures.errorRate(5, 1)], target: target(2, "alarm: 2 %") }),
  graph("Response, submit to end, ms", THIRD, {
    left: percentiles(measures, "RunResponse"),
    target: target(15_000, "target: 15 s"),
  }),
];

const waits = (measures: Measures): IWidget[] => [
  graph("Waiting runs by lane", THIRD, {
    left: lanes.map((lane) => measures.depth(lane)),
    right: lanes.map((lane) => measures.depth(lane, "deadLetter").with({ label: `dead letters ${lane}` })),
    target: target(500, "alarm: 500"),
  }),
  graph("Oldest waiting run by lane, ms", THIRD, {
    left: lanes.map((value) => measures.of("OldestWait", { value, stat: "Maximum" })),
  }),
  graph("Wait before the first claim by lane, ms", THIRD, {
    left: lanes.flatMap((value) =>
      (["p50", "p95", "p99"] as const).map((stat) =>
        measures.of("RunWait", { value, stat, minutes: 5, label: `${value} ${stat.toUpperCase()}` }),
      ),
    ),
    target: target(30_000, "alarm: P95 30 s"),
  }),
];

const capacity = (measures: Measures): IWidget[] => [
  graph("Slots in use by pool", THIRD, { left: measures.pools.map((value) => measures.of("SlotsUsed", { value })) }),
  graph("Free slots by pool", THIRD, { left: measures.pools.map((value) => measures.of("SlotsFree", { value })) }),
  graph("Utilisation, %", THIRD, {
    left: [measures.utilisation(5)],
    right: (["ScalingActions", "LaunchesRefused"] as const).map((name) => measures.of(name, { minutes: 5 })),
    target: target(90, "alarm: 90 %"),
  }),
];

const model = (measures: Measures): IWidget[] => [
  graph("Time of runs, ms", THIRD, { left: percentiles(measures, "RunTime") }),
  graph("Turns, failed calls, 429s, a minute", THIRD, {
    left: (["Turns", "ModelFailures", "RateLimits", "TurnsInDoubt"] as const).map((name) => measures.of(name)),
    right: [measures.of("BreakersOpen", { stat: "Maximum", label: "breakers open" })],
  }),
  graph("Cost an hour, USD", THIRD, {
    left: [measures.of("Cost", { minutes: 60, label: "USD" })],
    right: [measures.of("CostSpikes", { minutes: 60 })],
  }),
];

const trouble = (measures: Measures): IWidget[] => [
  graph("Workers lost, runs interrupted, trouble with the store", HALF, {
    left: (["WorkersLost", "RunsInterrupted", "DeadLetters", "StoreFailures"] as const).map((name) =>
      measures.of(name, { minutes: 5 }),
    ),
  }),
  graph("API: requests, errors, P95 of the answer", HALF, {
    left: [measures.api("Count", "Sum"), measures.api("4XXError", "Sum"), measures.api("5XXError", "Sum")],
    right: [measures.api("Latency", "p95")],
  }),
];

/** The last decisions with their reasons, as the controller logged them. */
const decisions = ({ deployment }: Measures): IWidget[] => [
  new LogQueryWidget({
    title: "Scaling decisions and why",
    logGroupNames: [logNameOf(deployment.name, "controller")],
    width: WHOLE,
    height: HEIGHT,
    queryLines: [
      "fields @timestamp, event, payload.pool, payload.from, payload.to, payload.because.0, payload.because.1, payload.because",
      'filter event in ["fleet.scaled", "fleet.refused"]',
      "sort @timestamp desc",
      "limit 30",
    ],
  }),
];

export class ObservingDashboard extends Construct {
  constructor(scope: Construct, id: string, { measures, alarms }: { measures: Measures; alarms: readonly IAlarm[] }) {
    super(scope, id);
    const { name, profile } = measures.deployment;
    const about = `# Muster \`${name}\` (${profile}, ${Aws.REGION})\nWhat to do when an alarm goes off: \`lib/observability/RUNBOOK.md\``;
    new Dashboard(this, "Page", {
      dashboardName: name,
      defaultInterval: Duration.hours(3),
      periodOverride: PeriodOverride.INHERIT,
      widgets: [
        [new TextWidget({ markdown: about, width: WHOLE, height: 2 })],
        targets(measures),
        [new AlarmStatusWidget({ title: "Alarms", alarms: [...alarms], width: WHOLE, height: 3 })],
        runs(measures),
        waits(measures),
        capacity(measures),
        model(measures),
        trouble(measures),
        decisions(measures),
      ],
    });
  }
}
