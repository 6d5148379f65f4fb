/** The week as the fleet has learned it: the highest demand of each quarter of an hour, in slots. UTC. */
import { z } from "zod";

const count = z.int().nonnegative();

/** Mean of the weeks seen, the latest counting most, and how many there were. */
const learnedBucket = z.object({ weeks: z.int().positive(), slots: count });

/**
 * Buckets of the week by number (0 begins on Thursday at midnight, as 1970 did), those that were never seen absent. `open` is the
 * bucket (since 1970) that is under way. `version` grows with each bucket that was learned: that is when to store it.
 */
export const demandProfile = z.object({
  v: z.literal(1),
  version: count,
  buckets: z.record(z.string(), learnedBucket),
  open: z.object({ bucket: z.int(), slots: count }).optional(),
});
export type DemandProfile = z.infer<typeof demandProfile>;

/** Before anything was learned. */
export const noDemandProfile: DemandProfile = { v: 1, version: 0, buckets: {} };
