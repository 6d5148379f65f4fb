/** Alarms, dashboard and saved queries of an installation. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { type DeploymentFile, resolveDeployment } from "../../lib/config/deployment.ts";
import { savedQueries } from "../../lib/observability/saved-queries.ts";
import { ObserveStack } from "../../lib/stacks/observe.ts";
import { events } from "../../services/contract/events.ts";
import { metricNames, metricNamespace, metricOf } from "../../services/contract/metrics.ts";
import { queueNames } from "../../services/contract/queues.ts";
import { context, templatesOf } from "./synth.ts";

const outdir = mkdtempSync(join(tmpdir(), "muster-observe-"));
afterAll(() => rmSync(outdir, { recursive: true, force: true }));

/** The stack alone: it names what it watches, so that it needs no other. */
function observed(file: DeploymentFile = {}): Template {
  const app = new App({ outdir: mkdtempSync(join(outdir, "app-")), context, builtinCloudFormationValidation: false });
  return Template.fromStack(new ObserveStack(app, "Observe", { deployment: resolveDeployment(file) }));
}

const observe = observed({ alarms: { high: ["ops@example.com"] } });
const runbook = readFileSync(new URL("../../lib/observability/RUNBOOK.md", import.meta.url), "utf8");

const dimension = z.object({ Name: z.string(), Value: z.string() });
const plain = z.object({ MetricName: z.string(), Namespace: z.string(), Dimensions: z.array(dimension).default([]) });
const stat = z.object({ Metric: plain, Stat: z.string(), Period: z.number() });
const alarm = z.object({
  AlarmName: z.string(),
  AlarmDescription: z.string(),
  AlarmActions: z.array(z.object({ Ref: z.string() })),
  OKActions: z.array(z.object({ Ref: z.string() })),
  Threshold: z.number(),
  ComparisonOperator: z.string(),
  EvaluationPeriods: z.number(),
  TreatMissingData: z.string(),
  Metrics: z
    .array(z.object({ Id: z.string(), Expression: z.string().optional(), MetricStat: stat.optional() }))
    .default([]),
});
type Alarm = z.infer<typeof alarm>;

const alarmsIn = (template: Template): Map<string, Alarm> =>
  new Map(
    Object.values(template.findResources("AWS::CloudWatch::Alarm")).map(({ Properties }) => {
      const parsed = alarm.parse(Properties);
      return [parsed.AlarmName.replace(/^muster-/, ""), parsed];
    }),
  );
const alarms = alarmsIn(observe);
const one = (name: string): Alarm => {
  const found = alarms.get(name);
  if (found === undefined) throw new Error(`there is no alarm ${name}`);
  return found;
};
const expressionOf = (name: string): string => one(name).Metrics.find(({ Expression }) => Expression)?.Expression ?? "";
const metricsOf = (name: string) => one(name).Metrics.flatMap(({ MetricStat }) => MetricStat ?? []);

/** Value of an alarm's expression for given numbers, as CloudWatch would work it out. */
function worth(name: string, numbers: Readonly<Record<string, number>>): number {
  const names = one(name).Metrics.flatMap(({ Id, MetricStat }) => (MetricStat === undefined ? [] : [Id]));
  const FILL = (value: number | undefined, otherwise: number): number => value ?? otherwise;
  const IF = (when: boolean, yes: number, no: number): number => (when ? yes : no);
  const MAX = (values: readonly number[]): number => Math.max(...values);
  const body = new Function("FILL", "IF", "MAX", ...names, `return ${expressionOf(name)}`);
  return z.number().parse(body(FILL, IF, MAX, ...names.map((id) => numbers[id])));
}

describe("alarms", () => {
  test("have the priorities and thresholds of the specification", () => {
    const topics = Object.entries(observe.findResources("AWS::SNS::Topic")).map(
      ([id, { Properties }]) => [id, String(Properties.TopicName).replace("muster-alarms-", "")] as const,
    );
    const priorityOf = new Map(topics);
    const told = [...alarms].map(([name, { Threshold, ComparisonOperator, AlarmActions, OKActions }]) => {
      expect(OKActions).toEqual(AlarmActions);
      const is = { GreaterThanThreshold: ">", LessThanThreshold: "<" }[ComparisonOperator];
      return `${AlarmActions.map(({ Ref }) => priorityOf.get(Ref)).join()}: ${name} ${is} ${Threshold}`;
    });
    expect(told.toSorted()).toEqual([
      "high: breaker-open > 0",
      "high: controller-silent < 1",
      "high: dead-letters > 0",
      "high: error-rate > 2",
      "high: queue-depth > 500",
      "low: capacity-refused > 0",
      "low: scaling > 0",
      "low: utilisation > 90",
      "medium: cost-spike > 0",
      "medium: oldest-wait > 300000",
      "medium: waiting > 30000",
    ]);
  });

  test("take missing data for what it means: silence of the controller is trouble, silence of others is none", () => {
    const missing = Map.groupBy([...alarms], ([, { TreatMissingData }]) => TreatMissingData);
    expect(missing.get("breaching")?.map(([name]) => name)).toEqual(["controller-silent"]);
    expect(missing.get("ignore")?.map(([name]) => name)).toEqual(["breaker-open"]);
    expect(missing.get("notBreaching")).toHaveLength(alarms.size - 2);
  });

  test("the error rate is of runs that succeeded or failed, and of at least ten", () => {
    expect(worth("error-rate", { good: 97, bad: 3 })).toBe(3);
    expect(worth("error-rate", { bad: 9 })).toBe(0);
    expect(worth("error-rate", { bad: 10 })).toBe(100);
    expect(worth("error-rate", { good: 1_000 })).toBe(0);
    expect(worth("error-rate", {})).toBe(0);
    expect(metricsOf("error-rate").map(({ Metric, Stat, Period }) => [Metric.MetricName, Stat, Period])).toEqual([
      ["RunsSucceeded", "Sum", 300],
      ["RunsFailed", "Sum", 300],
    ]);
  });

  test("queue depth and dead letters are of all lanes, as SQS counts them", () => {
    expect(worth("queue-depth", { high: 200, normal: 200, low: 101 })).toBe(501);
    expect(worth("dead-letters", { low: 1 })).toBe(1);
    const queues = (name: string) => metricsOf(name).map(({ Metric }) => Metric.Dimensions[0]?.Value);
    expect(queues("queue-depth").toSorted()).toEqual(Object.values(queueNames).map((lane) => lane.name).toSorted()); // biome-ignore format: one comparison
    expect(queues("dead-letters").toSorted()).toEqual(Object.values(queueNames).map((lane) => lane.deadLetter).toSorted()); // biome-ignore format: one comparison
  });

  test("waiting is judged in the lanes that people wait for: by percentile, and by the oldest run", () => {
    const low = metricsOf("waiting").filter(({ Metric }) => Metric.Dimensions.some(({ Value }) => Value === "low"));
    expect(low).toEqual([]);
    expect(metricsOf("waiting").map(({ Stat }) => Stat)).toEqual(["p95", "p95"]);
    expect(worth("waiting", { normal: 31_000 })).toBe(31_000);
    expect(worth("oldest-wait", { high: 400_000, normal: 1 })).toBe(400_000);
  });

  test("utilisation is of all slots of all pools", () => {
    expect(worth("utilisation", { used0: 80, free0: 20, used2: 15, free2: 0 })).toBeCloseTo((100 * 95) / 115);
    expect(metricsOf("utilisation")).toHaveLength(8);
    const without = alarmsIn(observed({ pools: { fargate: { max: 0 }, fargateSpot: { max: 0 } } }));
    expect(without.get("utilisation")?.Metrics.filter(({ MetricStat }) => MetricStat)).toHaveLength(4);
  });

  test("look only at metrics of the catalogue, of this installation, with the labels that they have", () => {
    const named = metricNames.map(String);
    const own = [...alarms.keys()].flatMap(metricsOf).filter(({ Metric }) => Metric.Namespace === metricNamespace);
    expect(own.length).toBeGreaterThan(10);
    for (const { Metric } of own) {
      const name = metricNames.find((known) => known === Metric.MetricName);
      expect(named).toContain(Metric.MetricName);
      const label = name === undefined ? undefined : metricOf(name).label;
      expect(Metric.Dimensions.map(({ Name }) => Name.toLowerCase()).toSorted()).toEqual(
        ["installation", ...(label === undefined ? [] : [label])].toSorted(),
      );
      expect(Metric.Dimensions).toContainEqual({ Name: "Installation", Value: "muster" });
    }
  });

  test("where CloudWatch scales, the controller's sign of life is that it measures", () => {
    const heard = (all: ReadonlyMap<string, Alarm>) =>
      all
        .get("controller-silent")
        ?.Metrics.flatMap(({ MetricStat: is }) => (is ? [[is.Metric.MetricName, is.Stat]] : []));
    expect(heard(alarms)).toEqual([["ControllerHeartbeat", "Sum"]]);
    const native = alarmsIn(observed({ driver: "cloudwatch", pools: { onDemand: { min: 1 } } }));
    expect(heard(native)).toEqual([["BreakersOpen", "SampleCount"]]);
  });

  test("are sent over TLS, to the addresses of the configuration", () => {
    observe.resourceCountIs("AWS::SNS::Topic", 3);
    observe.resourceCountIs("AWS::SNS::TopicPolicy", 3);
    observe.resourceCountIs("AWS::SNS::Subscription", 1);
    observe.hasResourceProperties("AWS::SNS::Subscription", { Protocol: "email", Endpoint: "ops@example.com" });
  });
});

describe("the runbook", () => {
  const headings = [...runbook.matchAll(/^### (.+)$/gm)].map((match) => match[1] ?? "");
  const native = Object.values(templatesOf().fleet.findResources("AWS::CloudWatch::Alarm")).map(({ Properties }) =>
    String(Properties.AlarmName).replace(/^muster-/, ""),
  );

  test("has a section for every alarm, and an alarm for every section", () => {
    expect(headings.toSorted()).toEqual([...alarms.keys(), ...native].toSorted());
  });

  test("is linked by every alarm at its own section", () => {
    for (const [name, { AlarmDescription }] of alarms)
      expect(AlarmDescription).toMatch(new RegExp(` lib/observability/RUNBOOK\\.md#${name}$`));
  });

  test("says in every section what it means, how to look and how to mend", () => {
    const sections = runbook.split(/^### /m).slice(1);
    for (const section of sections)
      for (const part of ["Means", "Look", "Mend"]) expect(section).toContain(`**${part}.**`);
  });

  test("names queries that are saved, and headings that are there", () => {
    const queries = savedQueries.map(({ name }) => name);
    for (const [, name = ""] of runbook.matchAll(/[Qq]uery\s+`([a-z-]+)`/g)) expect(queries).toContain(name);
    for (const [, anchor = ""] of runbook.matchAll(/\]\(#([a-z-]+)\)/g)) expect(headings).toContain(anchor);
  });
});

describe("the dashboard", () => {
  const [page] = Object.values(observe.findResources("AWS::CloudWatch::Dashboard"));
  const text = JSON.stringify(page?.Properties.DashboardBody);

  test.each(
    metricNames
      .filter((name) => !["ControllerHeartbeat"].includes(name))
      .map((name) => [name, metricOf(name).ofAws ?? name]),
  )("shows %s", (_, shown) => {
    expect(text).toContain(`\\"${shown}\\"`);
  });

  test("has every percentile of wait and of run, targets as lines, alarms, decisions with their reasons", () => {
    for (const stat of ["p50", "p95", "p99"]) expect(text.split(`\\"stat\\":\\"${stat}\\"`).length).toBeGreaterThan(4);
    for (const line of ["target: 15 s", "alarm: 2 %", "alarm: 500", "alarm: P95 30 s", "alarm: 90 %"])
      expect(text).toContain(line);
    expect(text).toContain('\\"type\\":\\"alarm\\"');
    expect(text).toContain("payload.because");
    expect(text).toContain("/muster/muster/controller");
  });

  test("belongs to its installation, so that an account may have several", () => {
    const other = observed({ name: "other" });
    other.hasResourceProperties("AWS::CloudWatch::Dashboard", { DashboardName: "other" });
    expect(JSON.stringify(other.toJSON())).not.toMatch(/"muster-|\/muster\/muster/);
  });
});

describe("who hears of it", () => {
  const environments = (file: DeploymentFile): Record<string, unknown>[] => {
    const { api, control, fleet } = templatesOf(file);
    const variables = z.record(z.string(), z.unknown());
    const functions = [api, control].flatMap((template) =>
      Object.values(template.findResources("AWS::Lambda::Function")).map(({ Properties }) =>
        variables.parse(Properties.Environment?.Variables ?? {}),
      ),
    );
    const containers = Object.values(fleet.findResources("AWS::ECS::TaskDefinition")).map(({ Properties }) => {
      const [one] = z
        .array(z.object({ Environment: z.array(z.object({ Name: z.string(), Value: z.unknown() })) }))
        .parse(Properties.ContainerDefinitions);
      return Object.fromEntries((one?.Environment ?? []).map(({ Name, Value }) => [Name, Value]));
    });
    return [...functions.filter((env) => "MUSTER_TABLE" in env), ...containers];
  };

  test("every function and worker writes metrics under the installation's name; nobody sends traces unasked", () => {
    const all = environments({});
    expect(all.length).toBeGreaterThanOrEqual(7);
    for (const env of all) {
      expect(env.MUSTER_INSTALLATION).toBe("muster");
      expect(env.OTEL_EXPORTER_OTLP_ENDPOINT).toBeUndefined();
    }
  });

  test("traces go to the collector of the configuration", () => {
    const tracing = { endpoint: "http://collector.internal:4318", share: 0.1 };
    const told = environments({ tracing }).filter(
      (env) => env.OTEL_EXPORTER_OTLP_ENDPOINT === tracing.endpoint && env.OTEL_TRACES_SAMPLER_ARG === "0.1",
    );
    // The function that hears of machines tells of no run's turns; all others do.
    expect(told.length).toBeGreaterThanOrEqual(environments({ tracing }).length - 1);
  });
});

describe("saved queries", () => {
  const saved = Object.values(observe.findResources("AWS::Logs::QueryDefinition")).map(({ Properties }) =>
    z.object({ Name: z.string(), QueryString: z.string(), LogGroupNames: z.array(z.string()) }).parse(Properties),
  );

  test("are in the folder of the installation, and ask logs that are there", () => {
    expect(saved.map(({ Name }) => Name).toSorted()).toEqual(
      savedQueries.map(({ name }) => `muster/${name}`).toSorted(),
    );
    const { api, control, fleet: workers } = templatesOf();
    const logs = [api, control, workers].flatMap((template) =>
      Object.values(template.findResources("AWS::Logs::LogGroup")).map(({ Properties }) => {
        expect(Properties.RetentionInDays).toBeGreaterThan(0);
        return String(Properties.LogGroupName);
      }),
    );
    for (const { LogGroupNames } of saved) for (const name of LogGroupNames) expect(logs).toContain(name);
  });

  test("name events of the catalogue", () => {
    const known = Object.keys(events);
    for (const { QueryString } of saved) {
      for (const [, list = ""] of QueryString.matchAll(/event (?:=|in) (\[[^\]]+\]|"[^"]+")/g))
        for (const [, name = ""] of list.matchAll(/"([^"]+)"/g)) expect(known).toContain(name);
    }
  });
});
