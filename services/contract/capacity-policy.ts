/**
 * How capacity is decided: what a user may set, with defaults. `docs/scaling.md` has every setting with its meaning. The live
 * minimum and maximum of a pool are not here: they are read from the pool itself, so that schedules move them.
 */
import { z } from "zod";
import { pool } from "./ids.ts";
import { limits } from "./limits.ts";
import { MINUTE } from "./units.ts";

const count = z.int().nonnegative();
const share = z.number().min(0).max(1);
const percent = z.int().min(1).max(100);

/** Pools in the order in which they are filled, and in which a shortfall of one goes to the next. */
export const poolOrder = ["spot", "fargate-spot", "fargate", "on-demand", "local"] as const;

/** A pool as the policy sees it. */
export const poolPolicy = z.strictObject({
  /** Part of all slots that the pool is to have; of the pools that take part, shares are made to add up to 1. */
  share,
  /** Only in a burst, or when another pool has none: its share counts for nothing otherwise. */
  burstOnly: z.boolean().default(false),
  /** Slots of a machine of which nothing is known yet; what runs is measured. */
  slotsPerMachine: z.int().positive(),
  /** From the order to the first free slot. */
  bootMs: z.int().positive(),
});
export type PoolPolicy = z.infer<typeof poolPolicy>;

/**
 * The pools of the specification: 70 / 20 / 10, and the processes of a laptop. Eight slots for each vCPU: c6g.2xlarge, and
 * Fargate tasks with one. A pool that a policy does not name is as here.
 */
export const usualPools = {
  spot: { share: 0.7, burstOnly: false, slotsPerMachine: 64, bootMs: MINUTE },
  "on-demand": { share: 0.2, burstOnly: false, slotsPerMachine: 64, bootMs: MINUTE },
  "fargate-spot": { share: 0.1, burstOnly: true, slotsPerMachine: 8, bootMs: 40_000 },
  fargate: { share: 0, burstOnly: true, slotsPerMachine: 8, bootMs: 40_000 },
  local: { share: 1, burstOnly: false, slotsPerMachine: 50, bootMs: 5_000 },
} as const satisfies Record<z.infer<typeof pool>, PoolPolicy>;

/** The specification's table. */
export const usualSteps = [
  { above: 100, addMachines: 10 },
  { above: 500, addMachines: 50 },
  { above: 1_000, addMachines: 100 },
] as const;

const step = z.strictObject({ above: count, addMachines: z.int().positive() });

/** Settings of scaling; every one has a default. */
export const capacityPolicy = z
  .strictObject({
    /**
     * `step`: adds machines by the table below. `backlog`: as many slots as runs wait and run. `predictive`: `backlog`, and what
     * the same time of the week took before, ahead of it.
     */
    kind: z.enum(["step", "backlog", "predictive"]).default("backlog"),
    /** Slots that are kept while idle (`minAgents`), and slots at most (`maxAgents`; absent: what the pools may have). */
    floorSlots: count.default(0),
    ceilingSlots: z.int().positive().optional(),
    /** Slots in use: above `upPercent` slots are added; with `downPercent`, slots leave only below it. */
    utilisation: z.strictObject({ upPercent: percent, downPercent: percent.optional() }).prefault({ upPercent: 80 }),
    /** Rows of the policy `step`, in the order of `above`. */
    steps: z
      .array(step)
      .min(1)
      .max(20)
      .default(() => usualSteps.map((row) => ({ ...row }))),
    /** Burst: more runs wait than this, or one waits longer in the lanes high and normal; for how long it lasts at least. */
    burst: z
      .strictObject({ above: count, oldestMs: z.int().positive(), holdMs: z.int().positive() })
      .prefault({ above: 1_000, oldestMs: MINUTE, holdMs: 10 * MINUTE }),
    /** CPU of the fleet where it is measured: slots are added above the first, none leave at or above the second. */
    cpu: z.strictObject({ outPercent: percent, inPercent: percent }).prefault({ outPercent: 70, inPercent: 30 }),
    /**
     * Scale-in: only what was not needed in all of `windowMs`; nothing below a surplus of `tolerance`; at most `perMinute` of the
     * machines in a minute (one at least). A machine takes no new run and leaves when its last has ended; when that
     * has been known for `patienceMs`, its runs are released and go on elsewhere.
     */
    scaleIn: z
      .strictObject({
        windowMs: z
          .int()
          .min(MINUTE)
          .max(limits.windowMinutesMax * MINUTE),
        tolerance: share,
        perMinute: share,
        patienceMs: z.int().positive(),
      })
      .prefault({ windowMs: 10 * MINUTE, tolerance: 0.1, perMinute: 0.1, patienceMs: 15 * MINUTE }),
    /** Ahead of a need that the week foretells, beyond the boot time; weeks that must have been seen. */
    predictive: z
      .strictObject({ leadMs: count, leastWeeks: z.int().positive() })
      .prefault({ leadMs: 5 * MINUTE, leastWeeks: 1 }),
    /**
     * Model calls of a run in a minute until it is measured; and how much more is launched than the rate feeds, so that it
     * never runs dry.
     */
    callsPerRunMinute: z.number().positive().default(1),
    rateSpare: z.number().min(1).max(10).default(1.2),
    pools: z.partialRecord(pool, poolPolicy).default(usualPools),
  })
  .refine(({ utilisation: { upPercent, downPercent = 0 } }) => downPercent < upPercent, {
    path: ["utilisation", "downPercent"],
    message: "must be below upPercent, else the fleet would grow and shrink at once",
  })
  .refine(({ cpu }) => cpu.inPercent < cpu.outPercent, {
    path: ["cpu", "inPercent"],
    message: "must be below outPercent, else the fleet would grow and shrink at once",
  })
  .refine(({ floorSlots, ceilingSlots }) => floorSlots <= (ceilingSlots ?? floorSlots), {
    path: ["floorSlots"],
    message: "is above ceilingSlots; lower it",
  })
  .refine(({ steps }) => steps.every(({ above }, i) => i === 0 || above > (steps[i - 1]?.above ?? 0)), {
    path: ["steps"],
    message: "must be in the order of `above`, each once",
  });
export type CapacityPolicy = z.infer<typeof capacityPolicy>;
export type CapacityPolicyInput = z.input<typeof capacityPolicy>;
