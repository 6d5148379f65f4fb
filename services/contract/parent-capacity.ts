/** What a controller and the supervisor that keeps its worker processes tell each other over their channel. */
import { z } from "zod";
import { machineId, poolTarget } from "./capacity.ts";
import { pool } from "./ids.ts";

const count = z.int().nonnegative();
const ask = z.int();

const seenPool = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("known"),
    pool,
    atMs: z.int(),
    min: count,
    max: count,
    desired: count,
    machines: z.array(z.object({ id: machineId, launchedAtMs: z.int().optional() })),
  }),
  z.object({ kind: z.literal("unknown"), pool, because: z.string() }),
]);
const because = z.string();
const outcome = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("done") }),
  z.object({ kind: z.literal("partial"), launched: count, because }),
  z.object({ kind: z.enum(["no-capacity", "quota", "throttled", "fenced", "failed"]), because }),
]);

/** From the controller. */
export const capacityAsk = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("capacity-observe"), ask }),
  z.object({
    kind: z.literal("capacity-act"),
    ask,
    targets: z.array(poolTarget),
    by: z.object({ epoch: z.int(), decision: z.string() }),
  }),
]);
export type CapacityAsk = z.infer<typeof capacityAsk>;

/** To the controller, for the ask with the same number. */
export const capacityAnswer = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("capacity-seen"), ask, pools: z.array(seenPool) }),
  z.object({ kind: z.literal("capacity-acted"), ask, outcomes: z.array(z.object({ pool, outcome })) }),
  z.object({ kind: z.literal("capacity-failed"), ask, because }),
]);
export type CapacityAnswer = z.infer<typeof capacityAnswer>;
