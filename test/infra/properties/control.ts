/** Parts 5 to 7: who scales in whose place, who is told what, and what nobody may do. */
import { ABSENT, type Property } from "./property.ts";

const steps = (machines: readonly number[]) => [
  { MetricIntervalLowerBound: 0, MetricIntervalUpperBound: 400, ScalingAdjustment: machines[0] },
  { MetricIntervalLowerBound: 400, MetricIntervalUpperBound: 900, ScalingAdjustment: machines[1] },
  { MetricIntervalLowerBound: 900, ScalingAdjustment: machines[2] },
];

const schedule = (id: string, Recurrence: string, MinSize: number): Property => ({
  ...{ text: `pre-warm ${id}: ${Recurrence}`, stack: "fleet", type: "AWS::AutoScaling::ScheduledAction", where: id },
  has: {
    "Properties.Recurrence": Recurrence,
    "Properties.TimeZone": "UTC",
    "Properties.MinSize": MinSize,
    "Properties.MaxSize": ABSENT,
    "Properties.DesiredCapacity": ABSENT,
    "Properties.AutoScalingGroupName.Ref": /^"SpotGroup/,
  },
});

const netOf = (id: string): Property => ({
  ...{ text: `CPU safety net of ${id}: adds at 70 %, never takes away`, stack: "fleet" },
  ...{ type: "AWS::AutoScaling::ScalingPolicy", where: `${id}CpuBusy` },
  has: {
    "Properties.PolicyType": "TargetTrackingScaling",
    "Properties.TargetTrackingConfiguration.DisableScaleIn": true,
    "Properties.TargetTrackingConfiguration.TargetValue": 70,
    "Properties.TargetTrackingConfiguration.PredefinedMetricSpecification.PredefinedMetricType":
      "ASGAverageCPUUtilization",
    "Properties.AutoScalingGroupName.Ref": new RegExp(`^"${id}Group`),
  },
});

const rule = (source: string, what: string, detail: Readonly<Record<string, unknown>> = {}): Property => ({
  ...{ text: `AWS says "${what}"`, stack: "control", type: "AWS::Events::Rule", where: `"${what}"` },
  has: {
    "Properties.State": "ENABLED",
    "Properties.EventPattern.source": [source],
    "Properties.EventPattern.detail-type": [what],
    ...detail,
    "Properties.Targets.0.Arn": /EventsFunction/,
    "Properties.Targets.0.DeadLetterConfig.Arn": /Undelivered/,
    "Properties.Targets.0.RetryPolicy.MaximumRetryAttempts": 10,
  },
});
const ourCluster = { "Properties.EventPattern.detail.clusterArn": /:cluster\/muster"/ };

export const scalingProperties: readonly Property[] = [
  {
    ...{ text: "a step policy adds machines: 10, 50, 100", stack: "fleet", type: "AWS::AutoScaling::ScalingPolicy" },
    where: "NativeScaling",
    has: {
      "Properties.PolicyType": "StepScaling",
      "Properties.AdjustmentType": "ChangeInCapacity",
      "Properties.StepAdjustments": steps([10, 50, 100]),
      "Properties.EstimatedInstanceWarmup": 60,
      "Properties.AutoScalingGroupName.Ref": /^"SpotGroup/,
    },
  },
  {
    ...{ text: "a step policy adds tasks: 100 above a thousand", stack: "fleet" },
    type: "AWS::ApplicationAutoScaling::ScalingPolicy",
    has: {
      "Properties.PolicyType": "StepScaling",
      "Properties.StepScalingPolicyConfiguration.AdjustmentType": "ChangeInCapacity",
      "Properties.StepScalingPolicyConfiguration.StepAdjustments": steps([0, 0, 100]),
      "Properties.StepScalingPolicyConfiguration.Cooldown": 60,
    },
  },
  {
    ...{
      text: "the tasks that CloudWatch may add",
      stack: "fleet",
      type: "AWS::ApplicationAutoScaling::ScalableTarget",
    },
    has: {
      "Properties.MinCapacity": 0,
      "Properties.MaxCapacity": 200,
      "Properties.ScalableDimension": "ecs:service:DesiredCount",
      "Properties.ResourceId": /FargateSpotService/,
    },
  },
  {
    ...{ text: "the dead man's switch", stack: "fleet", type: "AWS::CloudWatch::Alarm", where: "native-scaling" },
    has: {
      "Properties.Threshold": 101,
      "Properties.ComparisonOperator": "GreaterThanOrEqualToThreshold",
      "Properties.EvaluationPeriods": 3,
      "Properties.DatapointsToAlarm": 3,
      "Properties.TreatMissingData": "notBreaching",
      "Properties.AlarmActions": /NativeScalingMachines.*NativeScalingTasks/,
      "Properties.Metrics.0.Expression": "IF(FILL(heartbeat,0)<1, FILL(high,0)+FILL(normal,0)+FILL(low,0), 0)",
      "Properties.Metrics.0.ReturnData": true,
      "Properties.Metrics.1.MetricStat": /muster-high.*ApproximateNumberOfMessagesVisible.*"Period":60.*"Maximum"/,
      "Properties.Metrics.2.MetricStat": /muster-normal.*ApproximateNumberOfMessagesVisible.*"Period":60.*"Maximum"/,
      "Properties.Metrics.3.MetricStat": /muster-low.*ApproximateNumberOfMessagesVisible.*"Period":60.*"Maximum"/,
      "Properties.Metrics.4.MetricStat": /"Installation".*ControllerHeartbeat.*"Muster".*"Period":60.*"Sum"/,
    },
  },
  netOf("Spot"),
  netOf("OnDemand"),
  schedule("Prewarmweekdaysraise", "0 13 * * 1-5", 50),
  schedule("Prewarmweekdayslower", "0 15 * * 1-5", 0),
  schedule("Prewarmdailyraise", "0 3 * * *", 20),
  schedule("Prewarmdailylower", "0 5 * * *", 0),
  {
    ...{ text: "the controller is called every minute, once", stack: "control", type: "AWS::Events::Rule" },
    where: "EveryMinute",
    has: {
      "Properties.ScheduleExpression": "rate(1 minute)",
      "Properties.State": "ENABLED",
      "Properties.Targets.0.Arn": /ControllerFunction/,
      "Properties.Targets.0.RetryPolicy.MaximumRetryAttempts": 0,
    },
  },
  rule("aws.ec2", "EC2 Spot Instance Interruption Warning"),
  rule("aws.ec2", "EC2 Instance Rebalance Recommendation"),
  rule("aws.ec2", "EC2 Instance State-change Notification", {
    "Properties.EventPattern.detail.state": ["stopping", "shutting-down", "stopped", "terminated"],
  }),
  rule("aws.autoscaling", "EC2 Instance Launch Unsuccessful", {
    "Properties.EventPattern.detail.AutoScalingGroupName": ["muster-spot", "muster-on-demand"],
  }),
  rule("aws.ecs", "ECS Task State Change", ourCluster),
  rule("aws.ecs", "ECS Container Instance State Change", ourCluster),
  rule("aws.ecs", "ECS Service Action", {
    ...ourCluster,
    "Properties.EventPattern.detail.eventName": ["SERVICE_TASK_PLACEMENT_FAILURE"],
  }),
  {
    ...{ text: "what could not be told is kept for 14 days", stack: "control", type: "AWS::SQS::Queue" },
    has: { "Properties.MessageRetentionPeriod": 1_209_600, "Properties.SqsManagedSseEnabled": true },
  },
];

const alarm = (
  key: string,
  priority: "high" | "medium" | "low",
  [Threshold, EvaluationPeriods, TreatMissingData]: readonly [number, number, string],
): Property => ({
  ...{ text: `alarm ${key}, ${priority}`, stack: "observe", type: "AWS::CloudWatch::Alarm", where: `"muster-${key}"` },
  has: {
    "Properties.Threshold": Threshold,
    "Properties.ComparisonOperator": key === "controller-silent" ? "LessThanThreshold" : "GreaterThanThreshold",
    "Properties.EvaluationPeriods": EvaluationPeriods,
    "Properties.TreatMissingData": TreatMissingData,
    "Properties.AlarmActions": new RegExp(`AlarmsTopic${priority}`),
    "Properties.OKActions": new RegExp(`AlarmsTopic${priority}`),
    "Properties.AlarmDescription": new RegExp(`lib/observability/RUNBOOK\\.md#${key}"$`),
    "Properties.ActionsEnabled": ABSENT,
  },
});

export const observeProperties: readonly Property[] = [
  alarm("error-rate", "high", [2, 1, "notBreaching"]),
  alarm("queue-depth", "high", [500, 3, "notBreaching"]),
  alarm("dead-letters", "high", [0, 3, "notBreaching"]),
  alarm("controller-silent", "high", [1, 3, "breaching"]),
  alarm("breaker-open", "high", [0, 2, "ignore"]),
  alarm("waiting", "medium", [30_000, 1, "notBreaching"]),
  alarm("oldest-wait", "medium", [300_000, 3, "notBreaching"]),
  alarm("cost-spike", "medium", [0, 1, "notBreaching"]),
  alarm("utilisation", "low", [90, 2, "notBreaching"]),
  alarm("scaling", "low", [0, 1, "notBreaching"]),
  alarm("capacity-refused", "low", [0, 1, "notBreaching"]),
  ...(["high", "medium", "low"] as const).map(
    (priority): Property => ({
      ...{ text: `a topic for ${priority} alarms`, stack: "observe", type: "AWS::SNS::Topic" },
      where: `AlarmsTopic${priority}`,
      has: { "Properties.TopicName": `muster-alarms-${priority}` },
    }),
  ),
  { text: "one dashboard", stack: "observe", type: "AWS::CloudWatch::Dashboard", has: { "Properties.DashboardName": "muster" } }, // biome-ignore format: one line
  ...(
    [
      ["fleet", "worker"],
      ["api", "api"],
      ["api", "watch"],
      ["api", "access"],
      ["control", "controller"],
      ["control", "events"],
    ] as const
  ).map(
    ([stack, log]): Property => ({
      ...{ text: `lines of ${log} are kept for a month`, stack, type: "AWS::Logs::LogGroup" },
      where: `"/muster/muster/${log}"`,
      has: { "Properties.RetentionInDays": 30 },
    }),
  ),
];

export const securityProperties: readonly Property[] = [
  {
    ...{ text: "nothing comes in, only HTTPS goes out", stack: "fleet", type: "AWS::EC2::SecurityGroup" },
    has: {
      "Properties.SecurityGroupIngress": ABSENT,
      "Properties.SecurityGroupEgress":
        /^\[\{"CidrIp":"0\.0\.0\.0\/0",[^}]*"FromPort":443,"IpProtocol":"tcp","ToPort":443\}\]$/,
    },
  },
  {
    ...{
      text: "the network's default group lets nothing through",
      stack: "fleet",
      type: "Custom::VpcRestrictDefaultSG",
    },
    has: { "Properties.DefaultSecurityGroupId": /DefaultSecurityGroup/ },
  },
  {
    ...{ text: "what was refused is written down", stack: "fleet", type: "AWS::EC2::FlowLog" },
    has: { "Properties.TrafficType": "REJECT", "Properties.ResourceType": "VPC" },
  },
  {
    ...{
      text: "table and bucket are reached within the network",
      stack: "fleet",
      type: "AWS::EC2::VPCEndpoint",
      count: 2,
    },
    has: { "Properties.VpcEndpointType": "Gateway", "Properties.RouteTableIds": /Subnet1.*Subnet2.*Subnet3/ },
  },
  {
    ...{ text: "alarms are told over TLS only", stack: "observe", type: "AWS::SNS::TopicPolicy", count: 3 },
    has: {
      "Properties.PolicyDocument.Statement.0": /"sns:Publish".*"aws:SecureTransport":"false".*"Deny"/,
    },
  },
  {
    ...{ text: "undelivered events are reached over TLS only", stack: "control", type: "AWS::SQS::QueuePolicy" },
    has: { "Properties.PolicyDocument.Statement.0": /"sqs:\*".*"aws:SecureTransport":"false".*"Deny"/ },
  },
];
