/** What EventBridge tells when a pool does not get what it was told to have: only the fields that are used. */
import { z } from "zod";

const time = z.iso.datetime({ offset: true });

/** A group could not launch a machine. `StatusMessage` is EC2's own word, code and all. */
export const launchUnsuccessful = z.object({
  "detail-type": z.literal("EC2 Instance Launch Unsuccessful"),
  time,
  detail: z.object({ AutoScalingGroupName: z.string().min(1), StatusMessage: z.string().default("") }),
});

/** A service could not place a task; `resources` holds the service. Other actions of services are of no interest. */
export const serviceAction = z.object({
  "detail-type": z.literal("ECS Service Action"),
  time,
  resources: z.array(z.string()),
  detail: z.object({ eventName: z.string(), reason: z.string().default("") }),
});

/** The events of AWS that say something about pools. */
export const poolFailure = z.discriminatedUnion("detail-type", [launchUnsuccessful, serviceAction]);
export type PoolFailure = z.infer<typeof poolFailure>;
