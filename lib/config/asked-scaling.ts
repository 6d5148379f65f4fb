/** The configuration of the specification, accepted as it is: what each of its keys means here. */
import { z } from "zod";

const positive = z.int().positive();
const percent = z.int().min(1).max(100);

/** `{"maxAgents":100,"minAgents":10,"scaleUpThreshold":80,...}`: every key may be left out. */
export const askedScaling = z
  .strictObject({
    maxAgents: positive.optional(),
    minAgents: z.int().nonnegative().optional(),
    scaleUpThreshold: percent.optional(),
    scaleDownThreshold: percent.optional(),
    maxConcurrentJobs: positive.optional(),
    queueSize: positive.optional(),
    rateLimiting: z.strictObject({ requestsPerMinute: positive.optional(), burstSize: positive.optional() }).optional(),
  })
  .refine(({ minAgents = 0, maxAgents = Number.POSITIVE_INFINITY }) => minAgents <= maxAgents, {
    path: ["minAgents"],
    message: "is above maxAgents; lower it",
  })
  .refine(({ scaleDownThreshold = 0, scaleUpThreshold = 101 }) => scaleDownThreshold < scaleUpThreshold, {
    path: ["scaleDownThreshold"],
    message: "must be below scaleUpThreshold, else the fleet would grow and shrink at once",
  });
export type AskedScaling = z.infer<typeof askedScaling>;

/** What each key means here; the documentation prints this table. */
export const meaningOfKeys: Readonly<Record<`scaling.${string}`, string>> = {
  "scaling.maxAgents": "slots that the fleet has at most: the controller's ceiling (MUSTER_SCALING, `ceilingSlots`)",
  "scaling.minAgents": "slots that the fleet keeps while idle: the controller's floor (MUSTER_SCALING, `floorSlots`)",
  "scaling.scaleUpThreshold":
    "share of slots in use, in percent, above which slots are added (MUSTER_SCALING, `utilisation.upPercent`)",
  "scaling.scaleDownThreshold":
    "share of slots in use, in percent, below which workers are drained (MUSTER_SCALING, `utilisation.downPercent`)",
  "scaling.maxConcurrentJobs": "active runs of one tenant in the whole fleet, about (MUSTER_TENANT_ACTIVE_MAX)",
  "scaling.queueSize": "queued runs of one tenant in one lane before its submits are refused (MUSTER_QUEUE_SIZE)",
  "scaling.rateLimiting.requestsPerMinute": "model calls a minute of each model class (MUSTER_RATE_LIMITS, class `*`)",
  "scaling.rateLimiting.burstSize": "model calls at once after a pause (MUSTER_RATE_LIMITS, class `*`)",
};
