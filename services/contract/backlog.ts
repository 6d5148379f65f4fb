/** How many runs wait, as the controller publishes it and the API reads it. Approximate; what nobody measured is absent. */
import { z } from "zod";

const count = z.int().nonnegative();

/**
 * Backlog of one lane. `few`: so few wait in all that no tenant was counted. `shared`: runs by tenant, estimated from a
 * sample; a tenant that is not named has fewer than those that are. `unknown`: nobody could say.
 */
export const laneBacklog = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("few"), total: count }),
  z.object({ kind: z.literal("shared"), tenants: z.record(z.string(), count) }),
  z.object({ kind: z.literal("unknown") }),
]);
export type LaneBacklog = z.infer<typeof laneBacklog>;

/**
 * Active runs of the fleet by tenant, as the beats said, and how many workers take runs; a tenant that is not named has
 * fewer than those that are.
 */
export const activeRuns = z.object({ workers: count, tenants: z.record(z.string(), count) });
export type ActiveRuns = z.infer<typeof activeRuns>;

export const backlog = z.object({
  atMs: z.int(),
  /** Absent: nobody could say. */
  active: activeRuns.optional(),
  lanes: z.object({ high: laneBacklog, normal: laneBacklog, low: laneBacklog }),
});
export type Backlog = z.infer<typeof backlog>;
