/** What CloudWatch does for the fleet: in place of a silent controller, before known peaks, and above 70 % of CPU. */
import { Match, type Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { templatesOf } from "./synth.ts";

const { fleet } = templatesOf({ profile: "surge" });
const driven = templatesOf({ profile: "surge", driver: "cloudwatch" }).fleet;

const step = z.object({
  ScalingAdjustment: z.number(),
  MetricIntervalLowerBound: z.number(),
  MetricIntervalUpperBound: z.number().optional(),
});
const steps = (value: unknown) => z.array(step).parse(value);

/** What a step policy adds at a backlog, by the rules of CloudWatch: bounds are relative to the threshold of the alarm. */
const added = (policy: readonly z.infer<typeof step>[], backlog: number) =>
  policy.find(
    ({ MetricIntervalLowerBound: from, MetricIntervalUpperBound: to = Number.POSITIVE_INFINITY }) =>
      backlog - 101 >= from && backlog - 101 < to,
  )?.ScalingAdjustment ?? 0;

const machines = () =>
  steps(
    Object.values(fleet.findResources("AWS::AutoScaling::ScalingPolicy")).find(
      ({ Properties }) => Properties.PolicyType === "StepScaling",
    )?.Properties.StepAdjustments,
  );
const tasks = () =>
  steps(
    Object.values(fleet.findResources("AWS::ApplicationAutoScaling::ScalingPolicy"))[0]?.Properties
      .StepScalingPolicyConfiguration.StepAdjustments,
  );

test.each([
  [100, 0, 0],
  [101, 10, 0],
  [500, 10, 0],
  [501, 50, 0],
  [1_000, 50, 0],
  [1_001, 100, 100],
  [50_000, 100, 100],
])("at a backlog of %i: %i machines and %i Fargate tasks more, as the specification says", (backlog, more, burst) => {
  expect(added(machines(), backlog)).toBe(more);
  expect(added(tasks(), backlog)).toBe(burst);
});

const alarmOf = (template: Template) => {
  const found = Object.values(template.findResources("AWS::CloudWatch::Alarm")).filter(({ Properties }) =>
    String(Properties.AlarmName).endsWith("native-scaling"),
  );
  expect(found).toHaveLength(1);
  return z
    .object({
      Threshold: z.literal(101),
      ComparisonOperator: z.literal("GreaterThanOrEqualToThreshold"),
      EvaluationPeriods: z.literal(3),
      DatapointsToAlarm: z.literal(3),
      TreatMissingData: z.literal("notBreaching"),
      AlarmActions: z.array(z.unknown()).length(2),
      Metrics: z.array(z.object({ Id: z.string(), Expression: z.string().optional(), ReturnData: z.boolean() })),
    })
    .parse(found[0]?.Properties);
};

describe("the alarm", () => {
  test("is quiet while the controller's heartbeat is there", () => {
    const { Metrics } = alarmOf(fleet);
    const expression = Metrics.find(({ ReturnData }) => ReturnData)?.Expression;
    expect(expression).toBe("IF(FILL(heartbeat,0)<1, FILL(high,0)+FILL(normal,0)+FILL(low,0), 0)");
    expect(Metrics.map(({ Id }) => Id).sort()).toEqual(["heartbeat", "high", "low", "normal", "waiting"]);
  });

  test("is the driver where CloudWatch is", () => {
    const { Metrics } = alarmOf(driven);
    expect(Metrics.find(({ ReturnData }) => ReturnData)?.Expression).toBe("FILL(high,0)+FILL(normal,0)+FILL(low,0)");
    expect(Metrics.map(({ Id }) => Id)).not.toContain("heartbeat");
  });
});

describe("pre-warming", () => {
  const actions = (template: Template) =>
    z
      .array(
        z
          .object({ Recurrence: z.string(), TimeZone: z.string(), MinSize: z.number() })
          .strict()
          .or(z.looseObject({ Recurrence: z.string(), TimeZone: z.string(), MinSize: z.number() })),
      )
      .parse(
        Object.values(template.findResources("AWS::AutoScaling::ScheduledAction")).map(({ Properties }) => Properties),
      )
      .map(({ Recurrence, TimeZone, MinSize }) => `${Recurrence} ${TimeZone} ${MinSize}`)
      .sort();

  test("raises the minimum at the specification's times, and lowers it again each time", () => {
    expect(actions(fleet)).toEqual(
      ["0 13 * * 1-5 UTC 50", "0 15 * * 1-5 UTC 0", "0 3 * * * UTC 20", "0 5 * * * UTC 0"].sort(),
    );
    for (const { Properties } of Object.values(fleet.findResources("AWS::AutoScaling::ScheduledAction"))) {
      expect(Properties.DesiredCapacity).toBeUndefined();
      expect(Properties.MaxSize).toBeUndefined();
    }
  });

  test("knows time zones, is clipped to the pool, and is absent in a trial", () => {
    const berlin = templatesOf({
      profile: "surge",
      prewarm: { timeZone: "Europe/Berlin", weekdays: 90 },
      pools: { spot: { max: 60, min: 2 } },
    }).fleet;
    expect(actions(berlin)).toContain("0 13 * * 1-5 Europe/Berlin 60");
    expect(actions(berlin)).toContain("0 15 * * 1-5 Europe/Berlin 2");
    expect(actions(templatesOf().fleet)).toEqual([]);
  });
});

test("busy CPUs add machines, and CloudWatch never takes one away", () => {
  const policies = Object.values(fleet.findResources("AWS::AutoScaling::ScalingPolicy")).map(
    ({ Properties }) => Properties,
  );
  const tracking = policies.filter(({ PolicyType }) => PolicyType === "TargetTrackingScaling");
  expect(tracking).toHaveLength(2);
  for (const { TargetTrackingConfiguration } of tracking)
    expect(TargetTrackingConfiguration).toMatchObject({ TargetValue: 70, DisableScaleIn: true });
  for (const policy of [machines(), tasks()])
    for (const { ScalingAdjustment } of policy) expect(ScalingAdjustment).toBeGreaterThanOrEqual(0);
  fleet.hasResourceProperties("AWS::ApplicationAutoScaling::ScalableTarget", { MinCapacity: 0, MaxCapacity: 200 });
  fleet.hasResourceProperties("AWS::AutoScaling::ScalingPolicy", { EstimatedInstanceWarmup: Match.anyValue() });
});
