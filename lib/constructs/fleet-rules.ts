/** What AWS says of machines and tasks, sent to the function that acts on it. */
import { Duration } from "aws-cdk-lib";
import { type EventPattern, Rule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { IQueue } from "aws-cdk-lib/aws-sqs";
import { Construct } from "constructs";
import { arnOf, type Names } from "../config/names.ts";

/** An event that could not be delivered for so long is about a machine that is gone. */
const DELIVER_FOR = Duration.hours(1);
const TRIES = 10;

/** Machines tell of themselves for the whole account: the function knows which are ours. */
const patternsOf = ({ cluster, pools }: Names): Readonly<Record<string, EventPattern>> => {
  const clusterArn = [arnOf("ecs", `cluster/${cluster}`)];
  return {
    SpotInterruption: { source: ["aws.ec2"], detailType: ["EC2 Spot Instance Interruption Warning"] },
    Rebalance: { source: ["aws.ec2"], detailType: ["EC2 Instance Rebalance Recommendation"] },
    InstanceState: {
      source: ["aws.ec2"],
      detailType: ["EC2 Instance State-change Notification"],
      detail: { state: ["stopping", "shutting-down", "stopped", "terminated"] },
    },
    LaunchFailed: {
      source: ["aws.autoscaling"],
      detailType: ["EC2 Instance Launch Unsuccessful"],
      detail: { AutoScalingGroupName: [pools.spot, pools["on-demand"]] },
    },
    TaskState: { source: ["aws.ecs"], detailType: ["ECS Task State Change"], detail: { clusterArn } },
    ContainerInstanceState: {
      source: ["aws.ecs"],
      detailType: ["ECS Container Instance State Change"],
      detail: { clusterArn },
    },
    PlacementFailed: {
      source: ["aws.ecs"],
      detailType: ["ECS Service Action"],
      detail: { clusterArn, eventName: ["SERVICE_TASK_PLACEMENT_FAILURE"] },
    },
  };
};

/** Where events come from, where they go, and where they lie when nobody could take them. */
export type FleetRulesProps = {
  readonly names: Names;
  readonly target: IFunction;
  readonly undelivered: IQueue;
};

/** One rule for each kind of event. */
export class FleetRules extends Construct {
  constructor(scope: Construct, id: string, { names, target, undelivered }: FleetRulesProps) {
    super(scope, id);
    for (const [name, eventPattern] of Object.entries(patternsOf(names))) {
      const rule = new Rule(this, name, { eventPattern });
      rule.addTarget(
        new LambdaFunction(target, { deadLetterQueue: undelivered, maxEventAge: DELIVER_FOR, retryAttempts: TRIES }),
      );
    }
  }
}
