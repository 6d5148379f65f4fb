/** Queue messages. ASCII and small: the truth is in the store, a message only wakes a worker up. */
import { z } from "zod";
import { runId, tenantId, wakeId } from "./ids.ts";

/**
 * Wake-up of a run. `remainingMs` of active time and `deadlineAtMs` are hints for the claim's `dueAtMs`, so that a claim
 * needs no read; the head decides.
 */
export const wakeMessage = z.object({
  v: z.literal(1),
  runId,
  wakeId,
  remainingMs: z.int().nonnegative(),
  deadlineAtMs: z.int().nonnegative(),
  /** Whose run it is: a lane serves tenants fairly. Absent in messages of older versions. */
  tenant: tenantId.optional(),
});
export type WakeMessage = z.infer<typeof wakeMessage>;
