/** What EventBridge tells of machines and tasks: only the fields that are used, so that a new one breaks nothing. */
import { z } from "zod";
import { place } from "./fleet.ts";

const instanceId = place.shape.instanceId.unwrap();
const taskArn = place.shape.taskArn.unwrap();
const time = z.iso.datetime({ offset: true });

/** EC2 takes a Spot instance back in about two minutes. */
export const spotInterruptionWarning = z.object({
  "detail-type": z.literal("EC2 Spot Instance Interruption Warning"),
  time,
  detail: z.object({ "instance-id": instanceId, "instance-action": z.string() }),
});

/** A Spot instance has become likely to be taken back. */
export const rebalanceRecommendation = z.object({
  "detail-type": z.literal("EC2 Instance Rebalance Recommendation"),
  time,
  detail: z.object({ "instance-id": instanceId }),
});

/** An instance is in a new state: pending, running, stopping, stopped, shutting-down or terminated. */
export const instanceStateChange = z.object({
  "detail-type": z.literal("EC2 Instance State-change Notification"),
  time,
  detail: z.object({ "instance-id": instanceId, state: z.string() }),
});

/** A task is in a new state, or ECS wants it to be in one. */
export const taskStateChange = z.object({
  "detail-type": z.literal("ECS Task State Change"),
  time,
  detail: z.object({
    taskArn,
    lastStatus: z.string(),
    desiredStatus: z.string(),
    stopCode: z.string().optional(),
    stoppedReason: z.string().optional(),
  }),
});

/** A container instance is in a new state; `ec2InstanceId` is absent for a machine outside EC2. */
export const containerInstanceStateChange = z.object({
  "detail-type": z.literal("ECS Container Instance State Change"),
  time,
  detail: z.object({ ec2InstanceId: instanceId.optional(), status: z.string() }),
});

/** The events of AWS that say something about workers. */
export const fleetEvent = z.discriminatedUnion("detail-type", [
  spotInterruptionWarning,
  rebalanceRecommendation,
  instanceStateChange,
  taskStateChange,
  containerInstanceStateChange,
]);
export type FleetEvent = z.infer<typeof fleetEvent>;

/** The kinds above: what is not among them is meant for somebody else. */
export const fleetEventKinds: ReadonlySet<string> = new Set(
  fleetEvent.options.map((option) => option.shape["detail-type"].value),
);

/** What every event of EventBridge has. */
export const anyAwsEvent = z.object({ "detail-type": z.string() });
