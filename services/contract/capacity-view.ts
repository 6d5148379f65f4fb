/** Capacity as the API shows it: the last decision, the history, and what a person ordered. */
import { z } from "zod";
import { pool } from "./ids.ts";

const count = z.int().nonnegative();
const time = z.iso.datetime();
const reasons = z.array(z.string()).meta({ description: "why, in words" });

/** A person's order that is in force. */
export const orderView = z
  .object({
    hold: z.boolean(),
    floorSlots: count.optional(),
    ceilingSlots: count.optional(),
    until: time.optional(),
    by: z.string(),
    since: time,
  })
  .meta({ id: "CapacityOrder" });
export type OrderView = z.infer<typeof orderView>;

export const poolView = z
  .object({
    pool,
    min: count.optional(),
    max: count.optional(),
    desired: count.optional().meta({ description: "machines that it was told to have, before the last decision" }),
    target: count.optional().meta({ description: "and by it; absent: the pool was not seen, and stays as it is" }),
    machines: count.optional(),
    booting: count.optional().meta({ description: "without a worker: they boot, or have drained" }),
    leaving: count.optional(),
    slots: count.optional(),
    active: count.optional(),
    breaker: z.enum(["closed", "open", "half-open"]).optional(),
    probeAt: time.optional().meta({ description: "when an open breaker lets a few machines be asked for" }),
    unknown: z.string().optional().meta({ description: "why nothing is known of the pool" }),
  })
  .meta({ id: "Pool" });
export type PoolView = z.infer<typeof poolView>;

/** The last decision on capacity. */
export const capacityView = z
  .object({
    decidedAt: time,
    policy: z.string(),
    acts: z.boolean().meta({ description: "false: it says what it would do, and does nothing" }),
    slots: z
      .object({ need: count, wanted: count, running: count, starting: count })
      .optional()
      .meta({ description: "absent: something is unknown, and everything holds" }),
    free: count.optional().meta({ description: "slots that neither an active nor a waiting run needs" }),
    pools: z.array(poolView),
    order: orderView.optional(),
    because: reasons,
  })
  .meta({ id: "Capacity" });
export type CapacityView = z.infer<typeof capacityView>;

/** One entry of the history. */
export const scalingEventView = z
  .object({
    id: z.string(),
    at: time,
    kind: z.enum(["target", "refused", "order"]),
    pool: pool.optional(),
    from: count.optional(),
    to: count.optional(),
    cordoned: count.optional(),
    drained: count.optional(),
    ended: count.optional(),
    what: z.string().optional().meta({ description: "what was refused, or ordered" }),
    by: z.string().optional(),
    because: reasons,
  })
  .meta({ id: "ScalingEvent" });
export type ScalingEventView = z.infer<typeof scalingEventView>;
export const scalingEventList = z
  .object({ events: z.array(scalingEventView), cursor: z.string().optional() })
  .meta({ id: "ScalingEventList" });

/** Answer to an order: what is in force now. */
export const scaleAnswer = z
  .object({ order: orderView.optional().meta({ description: "absent: none is in force" }) })
  .meta({ id: "ScaleAnswer" });
export const drainAnswer = z.object({ id: z.string(), draining: z.literal(true) }).meta({ id: "DrainAnswer" });
