/**
 * Capacity: what is known of pools, machines and demand when it is decided (the snapshot), and what was decided (the targets). A
 * machine is what a pool counts: an EC2 instance, a Fargate task, on a laptop a worker process. A slot is room for one run.
 */
import { z } from "zod";
import { because } from "./capacity-because.ts";
import type { CapacityPolicy } from "./capacity-policy.ts";
import type { DemandProfile } from "./capacity-profile.ts";
import { type Lane, type Pool, pool } from "./ids.ts";
import { limits } from "./limits.ts";

const count = z.int().nonnegative();
const ms = z.int();

/**
 * One measurement. `unknown`: it should be known and is not, so nothing is launched or ended for want of it (a pool: nothing there). `none`: this
 * installation has no such thing, and nothing is decided by it.
 */
export type Signal<T> =
  | { readonly kind: "known"; readonly atMs: number; readonly value: T }
  | { readonly kind: "unknown"; readonly because: string }
  | { readonly kind: "none" };

/** Name of a machine in its pool: instance id, task ARN, or on a laptop the id of its worker. */
export const machineId = z.string().min(1).max(300).brand<"MachineId">();
export type MachineId = z.infer<typeof machineId>;

/**
 * A machine as its pool tells of it, whether or not a worker runs there yet. Those that are ending are not told of. `launchedAtMs` is absent
 * where the pool does not say it: then the time counts at which it was first seen.
 */
export type SeenMachine = { readonly id: MachineId; readonly launchedAtMs?: number | undefined };

/** What a pool says of itself: live bounds, what it was told to have, what it has (what has not been launched yet is only in `desired`). */
export type SeenPool =
  | {
      readonly kind: "known";
      readonly pool: Pool;
      readonly atMs: number;
      readonly min: number;
      readonly max: number;
      readonly desired: number;
      readonly machines: readonly SeenMachine[];
    }
  | { readonly kind: "unknown"; readonly pool: Pool; readonly because: string };

/**
 * A machine and the workers there (`core/capacity/machines.ts` joins them). Silent: no worker lives there since `sinceMs`: it boots, has
 * drained, or failed to come up. `takes`: at least one worker there takes new
 * runs; a machine that does not is on its way out. Slots are those of workers that take runs; active runs are those of all.
 */
export type Machine = { readonly id: MachineId; readonly launchedAtMs: number } & (
  | { readonly kind: "silent"; readonly sinceMs: number }
  | {
      readonly kind: "working";
      readonly takes: boolean;
      readonly slots: number;
      readonly active: number;
    }
);

/** A pool: its live bounds, how many machines it was told to have, and those that it has, those that boot and leave included. */
export type PoolState = {
  readonly pool: Pool;
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly machines: readonly Machine[];
};

/** What a lane holds: runs that wait, and the age of the oldest where it is known. */
export type LaneDemand = { readonly visible: number; readonly oldestMs?: number | undefined };

/**
 * A limit class: calls a minute that its limit of requests lets through at full rate; those that may start now, by tokens too where calls
 * wait for them (0 while its breaker is open and there is no platform to fail over to); calls that one active run of the fleet makes to it in a minute, absent while nobody has measured it.
 */
export type ModelRate = {
  readonly limitClass: string;
  readonly callsPerMinute: number;
  readonly callsNowPerMinute: number;
  readonly callsPerRunMinute?: number | undefined;
};

/** The fleet's budget of the hour, and what an active run spends in a minute; absent while nobody has measured it. */
export type FleetBudget = {
  readonly leftMicroUsd: number | "unlimited";
  readonly windowEndsAtMs: number;
  readonly microUsdPerRunMinute?: number | undefined;
};

/** Why a pool gave less than it was asked for: an answer to an act, or an event of AWS. `at` its own time. */
export const poolAnswer = z.object({
  pool,
  atMs: ms,
  kind: z.enum(["no-capacity", "quota", "throttled"]),
  because: z.string().max(limits.detailChars),
});
export type PoolAnswer = z.infer<typeof poolAnswer>;

/**
 * Breaker of a pool. CLOSED: machines are asked for. OPEN: none but what is there; at `probeAtMs` a few are asked for to see.
 * HALF-OPEN: the probe is out, and fails when none has come by `untilMs`.
 */
export const poolBreaker = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("closed") }),
  z.object({
    kind: z.literal("open"),
    cause: z.enum(["no-capacity", "unfilled", "quota", "boots-late"]),
    atMs: ms,
    probeAtMs: ms,
    probes: count,
  }),
  z.object({
    kind: z.literal("half-open"),
    cause: z.enum(["no-capacity", "unfilled", "quota", "boots-late"]),
    atMs: ms,
    sinceMs: ms,
    untilMs: ms,
    probes: count,
  }),
]);
export type PoolBreaker = z.infer<typeof poolBreaker>;

/**
 * What a decision remembers of a pool: its breaker, what it was told to have in the last moments, and `had`: when it was last seen, its
 * slots that ran or were coming by then (what was asked for included), and those of one machine.
 */
export const poolMemory = z.object({
  breaker: poolBreaker,
  levels: z.array(z.object({ atMs: ms, machines: count })).max(limits.levelsMax),
  had: z.object({ atMs: ms, slots: count, slotsEach: z.int().positive() }).optional(),
});
export type PoolMemory = z.infer<typeof poolMemory>;

/** A machine that takes no new run, or was told so, and since when. Told once, it leaves. */
export const leavingMachine = z.object({ id: machineId, pool, sinceMs: ms });
export type LeavingMachine = z.infer<typeof leavingMachine>;

/**
 * What one decision hands to the next. Whoever decides carries it along, unread, and stores it if it is to outlive him: a
 * decision without it is right, only more careful (nothing leaves until a whole window was seen).
 */
export const capacityMemory = z.object({
  v: z.literal(1),
  /** Highest need of each minute (since 1970), the latest last, since it was last unknown for long. */
  needs: z.array(z.object({ minute: z.int(), slots: count })).max(limits.windowMinutesMax + 1),
  /** Demand when it was last measured, and how fast it grew, averaged. */
  trend: z.object({ atMs: ms, slots: count, perMs: z.number() }).optional(),
  burstUntilMs: ms.optional(),
  /** When machines were last told to leave, when a step was last taken. */
  scaledInAtMs: ms.optional(),
  steppedAtMs: ms.optional(),
  leaving: z.array(leavingMachine).max(limits.leavingMax),
  pools: z.partialRecord(pool, poolMemory),
});
export type CapacityMemory = z.infer<typeof capacityMemory>;

/** Before the first decision. */
export const noCapacityMemory: CapacityMemory = { v: 1, needs: [], leaving: [], pools: {} };

/** A person's word on capacity, until `untilMs` where it is given. Hold: targets stay as they are, whatever happens. */
export const manualOrder = z.object({
  hold: z.boolean(),
  floorSlots: count.max(limits.orderSlotsMax).optional(),
  ceilingSlots: count.max(limits.orderSlotsMax).optional(),
  untilMs: ms.optional(),
  by: z.string().min(1).max(limits.detailChars),
  atMs: ms,
});
export type ManualOrder = z.infer<typeof manualOrder>;

/** What the living workers of a pool say together: slots of those that take runs, active runs of all. */
export type HeardWorkers = { readonly slots: number; readonly active: number };

/**
 * A pool in a snapshot. `heard` is known also where the pool itself is not: what runs there counts, though nothing can be asked of
 * it; absent: the workers could not be read.
 */
export type PoolSignal = {
  readonly pool: Pool;
  readonly state: Signal<PoolState>;
  readonly heard?: HeardWorkers | undefined;
};

/** All that a decision looks at. `answers` are those since the last one; a pool that is not there has no machines here. */
export type CapacitySnapshot = {
  readonly pools: readonly PoolSignal[];
  readonly lanes: Readonly<Record<Lane, Signal<LaneDemand>>>;
  /** Runs, waiting or active, of agents that each need a machine of their own; they are none of the lanes' runs. */
  readonly isolated: Signal<{ readonly runs: number }>;
  /** `percent` at least, and `mostPercent` at most where some workers do not say theirs. */
  readonly cpu: Signal<{ readonly percent: number; readonly mostPercent?: number }>;
  readonly model: Signal<{ readonly classes: readonly ModelRate[] }>;
  readonly budget: Signal<FleetBudget>;
  readonly profile: Signal<DemandProfile>;
  readonly order: ManualOrder | undefined;
  readonly answers: readonly PoolAnswer[];
  readonly memory: CapacityMemory;
};

/**
 * What a pool shall be. `machines`: all of it, those that leave included and those in `end` not; never fewer than there are, so
 * that a lower number only takes back what has not come. `cordon`: take no new run. `drain`: release the runs, leave. `end`: they
 * have drained, or never came up.
 */
export const poolTarget = z.object({
  pool,
  machines: count,
  cordon: z.array(machineId),
  drain: z.array(machineId),
  end: z.array(machineId),
  because: z.array(because).min(1),
});
export type PoolTarget = z.infer<typeof poolTarget>;

/** Summary of a decision. `running` and `starting` are what is there before it. */
export type CapacitySlots = {
  readonly demand: number;
  readonly need: number;
  readonly wanted: number;
  readonly running: number;
  readonly starting: number;
};

/**
 * A decision: one target for each pool that was seen, all reasons, what to remember, and a summary in slots. A pool that was not seen
 * has no target: it stays as it is.
 */
export type CapacityDecision = {
  readonly targets: readonly PoolTarget[];
  readonly because: readonly z.infer<typeof because>[];
  readonly memory: CapacityMemory;
  /**
   * In slots, those of workers in pools that were not seen included; undefined: too little is known, or a person ordered it, and everything holds. `demand`: runs that wait and run (what `learn` is told). `need`: what
   * the policy makes of it. `wanted`: what bounds leave of that.
   */
  readonly slots: CapacitySlots | undefined;
};

/**
 * The signature of `core/capacity/decide.ts`. Pure: the same arguments give the same decision. `memory` of the decision goes into the
 * next snapshot, whoever makes it: a loop, a Lambda, a virtual clock.
 */
export type DecideCapacity = (snapshot: CapacitySnapshot, policy: CapacityPolicy, nowMs: number) => CapacityDecision;
