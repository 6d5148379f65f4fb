/** Events as EventBridge delivers them, after the samples in the documentation of EC2 and ECS. */
import { randomBytes, randomUUID } from "node:crypto";
import { aTimeMs } from "./builders.ts";

const account = "123456789012";
const region = "eu-west-1";
const ecs = `arn:aws:ecs:${region}:${account}`;

/** EventBridge's times have no fraction of a second. */
const timeOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, "Z");

const envelope = (source: string, kind: string, atMs: number) => ({
  ...{ version: "0", id: randomUUID(), "detail-type": kind, source, account, time: timeOf(atMs), region },
});

export const anInstanceId = (): string => `i-0${randomBytes(8).toString("hex")}`;
export const aTask = (): string => `${ecs}:task/muster/${randomBytes(16).toString("hex")}`;

/** EC2 takes a Spot instance back. */
export const spotWarning = (instanceId: string, atMs = aTimeMs, action = "terminate") => ({
  ...envelope("aws.ec2", "EC2 Spot Instance Interruption Warning", atMs),
  resources: [`arn:aws:ec2:${region}a:instance/${instanceId}`],
  detail: { "instance-id": instanceId, "instance-action": action },
});

export const rebalance = (instanceId: string, atMs = aTimeMs) => ({
  ...envelope("aws.ec2", "EC2 Instance Rebalance Recommendation", atMs),
  resources: [`arn:aws:ec2:${region}:${account}:instance/${instanceId}`],
  detail: { "instance-id": instanceId },
});

export const instanceState = (instanceId: string, state: string, atMs = aTimeMs) => ({
  ...envelope("aws.ec2", "EC2 Instance State-change Notification", atMs),
  resources: [`arn:aws:ec2:${region}:${account}:instance/${instanceId}`],
  detail: { "instance-id": instanceId, state },
});

/** What a sample of a task's event may say otherwise. */
export type TaskSays = {
  readonly lastStatus: string;
  readonly desiredStatus: string;
  readonly stopCode?: string;
  readonly stoppedReason?: string;
};

export const taskState = (taskArn: string, says: TaskSays, atMs = aTimeMs) => ({
  ...envelope("aws.ecs", "ECS Task State Change", atMs),
  resources: [taskArn],
  detail: {
    attachments: [{ id: randomUUID(), type: "eni", status: "DELETED", details: [] }],
    availabilityZone: `${region}b`,
    clusterArn: `${ecs}:cluster/muster`,
    containers: [
      {
        containerArn: `${ecs}:container/muster/cf159fd6-3e3f-4a9e-84f9-66cbe726af01`,
        lastStatus: says.lastStatus,
        name: "worker",
        taskArn,
        cpu: "0",
      },
    ],
    cpu: "1024",
    createdAt: timeOf(atMs - 600_000),
    group: "service:worker-spot",
    launchType: "FARGATE",
    memory: "2048",
    platformVersion: "1.4.0",
    startedBy: "ecs-svc/1234567890123456789",
    taskArn,
    taskDefinitionArn: `${ecs}:task-definition/worker:3`,
    updatedAt: timeOf(atMs),
    version: 5,
    ...says,
  },
});

export const containerInstanceState = (ec2InstanceId: string, status: string, atMs = aTimeMs) => ({
  ...envelope("aws.ecs", "ECS Container Instance State Change", atMs),
  resources: [`${ecs}:container-instance/muster/a2cc3ea5f5864b7abfa4a1e6d2a4a8a4`],
  detail: {
    agentConnected: true,
    attributes: [{ name: "ecs.capability.task-eni" }, { name: "ecs.instance-type", value: "c7g.2xlarge" }],
    clusterArn: `${ecs}:cluster/muster`,
    containerInstanceArn: `${ecs}:container-instance/muster/a2cc3ea5f5864b7abfa4a1e6d2a4a8a4`,
    ec2InstanceId,
    registeredResources: [{ name: "CPU", type: "INTEGER", integerValue: 8192 }],
    remainingResources: [{ name: "CPU", type: "INTEGER", integerValue: 0 }],
    status,
    version: 14801,
    versionInfo: { agentVersion: "1.105.0", dockerVersion: "DockerVersion: 25.0.14" },
    updatedAt: timeOf(atMs),
  },
});

/** A group that could not launch; `message` as EC2 words it. */
export const launchUnsuccessful = (group: string, message: string, atMs = aTimeMs) => ({
  ...envelope("aws.autoscaling", "EC2 Instance Launch Unsuccessful", atMs),
  resources: [
    `arn:aws:autoscaling:${region}:${account}:autoScalingGroup:${randomUUID()}:autoScalingGroupName/${group}`,
  ],
  detail: {
    StatusCode: "Failed",
    AutoScalingGroupName: group,
    ActivityId: randomUUID(),
    Details: { "Availability Zone": `${region}b`, "Subnet ID": "subnet-12345678" },
    RequestId: randomUUID(),
    StatusMessage: message,
    EndTime: timeOf(atMs),
    EC2InstanceId: "",
    StartTime: timeOf(atMs),
    Cause: "a user request update of AutoScalingGroup constraints to desired capacity changing from 3 to 4",
  },
});

/** What ECS tells of a service. */
export const serviceAction = (service: string, eventName: string, reason: string) => ({
  ...envelope("aws.ecs", "ECS Service Action", aTimeMs),
  resources: [`${ecs}:service/muster/${service}`],
  detail: { eventType: "ERROR", eventName, clusterArn: `${ecs}:cluster/muster`, createdAt: timeOf(aTimeMs), reason },
});
