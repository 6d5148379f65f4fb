/** Reasons of a capacity decision: a kind and its numbers, so that they can be shown, counted and tested. `core/capacity/words.ts` says them in words. */
import { z } from "zod";
import { lane, pool } from "./ids.ts";

const count = z.int().nonnegative();
const ms = z.number().nonnegative();
const text = z.string();
const reason = <K extends string, S extends z.ZodRawShape>(kind: K, shape: S) =>
  z.object({ kind: z.literal(kind), ...shape });

export const because = z.discriminatedUnion("kind", [
  // What asks for slots. `slots` is the whole need that it stands for.
  reason("demand", { visible: count, active: count, slots: count }),
  reason("isolated", { runs: count }),
  reason("utilisation", { usedPercent: count, upPercent: count, slots: count }),
  reason("trend", { perMinute: count, aheadMs: ms, slots: count }),
  reason("step", { visible: count, above: count, addMachines: count, startingMachines: count, slots: count }),
  reason("step-taken", { waitMs: ms }),
  reason("predicted", { slots: count, weeks: count, aheadMs: ms }),
  reason("unlearned", { weeks: count }),
  reason("cpu", { percent: count, outPercent: count, slots: count }),
  reason("first", { visible: count }),
  reason("burst", { visible: count, above: count, untilMs: z.int() }),
  reason("oldest", { lane, ageMs: ms, aboveMs: ms, untilMs: z.int() }),
  reason("burst-lasts", { untilMs: z.int() }),

  // What bounds it.
  reason("floor", { slots: count, by: z.enum(["policy", "order"]) }),
  reason("ceiling", { slots: count, by: z.enum(["policy", "order"]), needed: count }),
  reason("model-rate", {
    limitClass: text,
    slots: count,
    callsPerMinute: z.number(),
    callsPerRunMinute: z.number(),
    needed: count,
  }),
  reason("budget", { slots: count, leftMicroUsd: z.int(), needed: count }),
  reason("pool-min", { pool, machines: count }),
  reason("pool-max", { pool, machines: count }),
  reason("all-full", { slots: count, wanted: count }),

  // Where it comes from.
  reason("launch", { pool, machines: count, wanted: count, have: count }),
  reason("fallback", { pool, machines: count, from: z.array(pool) }),
  reason("return", { pool, machines: count }),
  reason("no-capacity", {
    pool,
    cause: z.enum(["no-capacity", "unfilled", "quota", "boots-late"]),
    probeAtMs: z.int(),
  }),
  reason("probe", { pool, machines: count, untilMs: z.int() }),
  reason("pool-back", { pool }),
  reason("late", { pool, machines: count, afterMs: ms }),

  // What leaves.
  reason("surplus", { pool, machines: count, keep: count, running: count, windowMs: ms }),
  reason("above-max", { pool, machines: count, max: count }),
  reason("idle", { pool, machines: count }),
  reason("impatient", { pool, machines: count, afterMs: ms }),
  reason("drained", { pool, machines: count }),
  reason("boot-failed", { pool, machines: count, afterMs: ms }),

  // What keeps everything as it is.
  reason("enough", { wanted: count, running: count, starting: count }),
  reason("hold", { signal: text, why: text }),
  reason("unseen", { pool, why: text, slots: count }),
  reason("order-hold", { by: text, untilMs: z.int().optional() }),
  reason("keep-window", { running: count, keep: count, windowMs: ms }),
  reason("keep-learning", { seenMs: ms, windowMs: ms }),
  reason("keep-tolerance", { surplus: count, least: count }),
  reason("keep-slow", { waitMs: ms }),
  reason("keep-cpu", { percent: count, inPercent: count }),
  reason("keep-used", { usedPercent: count, downPercent: count }),
  reason("keep-launching", { starting: count }),
]);
export type Because = z.infer<typeof because>;
export type BecauseKind = Because["kind"];
