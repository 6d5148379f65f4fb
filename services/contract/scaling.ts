/** What scaling keeps between two decisions, and what it tells of the last one. */
import { z } from "zod";
import { budgetId } from "./budgets.ts";
import { capacityMemory, manualOrder, poolAnswer, poolBreaker } from "./capacity.ts";
import { because } from "./capacity-because.ts";
import { pool } from "./ids.ts";
import { limits } from "./limits.ts";

const count = z.int().nonnegative();
const atMs = z.int();

/**
 * All that the next decision needs, so that another leader goes on where this one stopped. `answers` are those of its last acts;
 * `heard` says by pool and kind which answers from outside were taken in; `paces` are calls a minute of one active run, by
 * limit class, as last measured, `calledAtMs` when a class was last called enough to measure it (a pace without is as old as can be);
 * `spend` is what runs take of the fleet's budget (`core/spend-pace.ts`), absent while none is set.
 */
export const scalingState = z.object({
  v: z.literal(1),
  atMs,
  decision: z.string(),
  memory: capacityMemory,
  answers: z.array(poolAnswer).max(limits.answersMax),
  heard: z.record(z.string(), atMs),
  paces: z.record(z.string(), z.number().positive()),
  calledAtMs: z.record(z.string(), atMs).optional(),
  spend: z
    .object({
      budget: budgetId,
      sinceMs: atMs,
      atMs,
      spentMicroUsd: count,
      runMs: z.number().nonnegative(),
      microUsdPerRunMinute: z.number().positive().optional(),
      measuredAtMs: atMs.optional(),
    })
    .optional(),
  order: manualOrder.optional(),
  /** By pool and machine: when it was first seen, where its pool does not say when it was launched. */
  firstSeen: z.partialRecord(pool, z.record(z.string(), atMs)).optional(),
});
export type ScalingState = z.infer<typeof scalingState>;

/** A pool as the last decision saw and left it. Without `target` it was not seen, and stays as it is; slots and active runs are then those of its workers. */
export const poolSummary = z.object({
  pool,
  min: count.optional(),
  max: count.optional(),
  desired: count.optional(),
  target: count.optional(),
  machines: count.optional().meta({ description: "that are there, those that boot and leave included" }),
  booting: count.optional(),
  leaving: count.optional(),
  slots: count.optional(),
  active: count.optional(),
  breaker: poolBreaker.optional(),
  unknown: z.string().optional(),
});
export type PoolSummary = z.infer<typeof poolSummary>;

/** The last decision in brief. Without `slots` everything held: too little was known, or a person ordered it. */
export const capacitySummary = z.object({
  atMs,
  epoch: count,
  policy: z.string(),
  slots: z.object({ need: count, wanted: count, running: count, starting: count }).optional(),
  /** Slots that neither an active nor a waiting run needs; absent when unknown. */
  free: count.optional(),
  pools: z.array(poolSummary),
  because: z.array(because).max(limits.reasonsMax),
  order: manualOrder.optional(),
  /** False: it only says what it would do. */
  acts: z.boolean(),
});
export type CapacitySummary = z.infer<typeof capacitySummary>;
