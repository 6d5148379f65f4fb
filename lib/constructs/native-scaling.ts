/** The dead man's switch: CloudWatch scales by the backlog when the controller is silent, or always where the user wants it. */
import { Duration } from "aws-cdk-lib";
import { CfnScalableTarget, CfnScalingPolicy as CfnTaskPolicy } from "aws-cdk-lib/aws-applicationautoscaling";
import { CfnScalingPolicy } from "aws-cdk-lib/aws-autoscaling";
import { CfnAlarm } from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import { lanes } from "../../services/contract/ids.ts";
import { metricNamespace } from "../../services/contract/metrics.ts";
import { nativeSteps, nativeTimes } from "../../services/contract/native-scaling.ts";
import type { Deployment } from "../config/deployment.ts";
import type { FargatePool } from "./fargate-pool.ts";
import type { MachinePool } from "./machine-pool.ts";
import type { WakeQueues } from "./wake-queues.ts";

const LOWEST = nativeSteps[0].from;

const MINUTE = Duration.millis(nativeTimes.periodMs).toSeconds();
const WARM_UP = Duration.millis(nativeTimes.warmUpMs).toSeconds();

/** Steps relative to the threshold of the alarm. */
const stepsOf = (what: "machines" | "tasks") =>
  nativeSteps.map(({ from, ...add }, i) => {
    const next = nativeSteps[i + 1]?.from;
    return {
      scalingAdjustment: add[what],
      metricIntervalLowerBound: from - LOWEST,
      ...(next === undefined ? {} : { metricIntervalUpperBound: next - LOWEST }),
    };
  });

/** What is scaled, by what. */
export type NativeScalingProps = {
  readonly deployment: Deployment;
  readonly queues: WakeQueues;
  readonly machines: MachinePool;
  readonly tasks: FargatePool;
  readonly clusterName: string;
};

/**
 * One alarm on one expression, because a composite alarm cannot act on a group: while the controller's heartbeat is there it
 * is 0. A missing heartbeat counts as none and a missing backlog as none: the one exception to "missing is not a number",
 * for there is nobody left to ask. Policies only add; nothing is ever taken away by CloudWatch.
 */
export class NativeScaling extends Construct {
  readonly alarm: CfnAlarm;

  constructor(scope: Construct, id: string, { deployment, queues, machines, tasks, clusterName }: NativeScalingProps) {
    super(scope, id);
    const { max, min } = deployment.pools.fargateSpot;
    const addMachines = new CfnScalingPolicy(this, "Machines", {
      autoScalingGroupName: machines.group.autoScalingGroupName,
      policyType: "StepScaling",
      adjustmentType: "ChangeInCapacity",
      estimatedInstanceWarmup: WARM_UP,
      metricAggregationType: "Maximum",
      stepAdjustments: stepsOf("machines"),
    });
    const target = new CfnScalableTarget(this, "Target", {
      serviceNamespace: "ecs",
      scalableDimension: "ecs:service:DesiredCount",
      resourceId: `service/${clusterName}/${tasks.service.serviceName}`,
      minCapacity: min,
      maxCapacity: max,
    });
    const addTasks = new CfnTaskPolicy(this, "Tasks", {
      policyName: `${deployment.name}-backlog`,
      policyType: "StepScaling",
      scalingTargetId: target.ref,
      stepScalingPolicyConfiguration: {
        adjustmentType: "ChangeInCapacity",
        cooldown: WARM_UP,
        metricAggregationType: "Maximum",
        stepAdjustments: stepsOf("tasks"),
      },
    });
    this.alarm = this.makeAlarm(deployment, queues, [addMachines.ref, addTasks.ref]);
  }

  private makeAlarm({ name, driver }: Deployment, queues: WakeQueues, actions: string[]): CfnAlarm {
    const metric = (
      id: string,
      namespace: string,
      metricName: string,
      dimensions: Record<string, string>,
      stat: string,
    ) => ({
      id,
      returnData: false,
      metricStat: {
        metric: {
          namespace,
          metricName,
          dimensions: Object.entries(dimensions).map(([dimension, value]) => ({ name: dimension, value })),
        },
        period: MINUTE,
        stat,
      },
    });
    const backlog = lanes.map((lane) => `FILL(${lane},0)`).join("+");
    return new CfnAlarm(this, "Backlog", {
      alarmName: `${name}-native-scaling`,
      alarmDescription: "CloudWatch scales the fleet in place of the controller. RUNBOOK.md: native-scaling",
      comparisonOperator: "GreaterThanOrEqualToThreshold",
      threshold: LOWEST,
      evaluationPeriods: nativeTimes.minutes,
      datapointsToAlarm: nativeTimes.minutes,
      treatMissingData: "notBreaching",
      alarmActions: actions,
      metrics: [
        {
          id: "waiting",
          label: "wake-ups that nobody scales for",
          expression: driver === "cloudwatch" ? backlog : `IF(FILL(heartbeat,0)<1, ${backlog}, 0)`,
          returnData: true,
        },
        ...lanes.map((lane) =>
          metric(lane, "AWS/SQS", "ApproximateNumberOfMessagesVisible", { QueueName: queues.nameOf(lane) }, "Maximum"),
        ),
        ...(driver === "cloudwatch"
          ? []
          : [metric("heartbeat", metricNamespace, "ControllerHeartbeat", { Installation: name }, "Sum")]),
      ],
    });
  }
}
