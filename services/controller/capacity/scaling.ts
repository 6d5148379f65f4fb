import type { BudgetDefaults } from "../../contract/budgets.ts";
import type { DecideCapacity } from "../../contract/capacity.ts";
import type { CapacityPolicy } from "../../contract/capacity-policy.ts";
import type { DemandProfile } from "../../contract/capacity-profile.ts";
import type { RateSettings } from "../../core/rate-control.ts";
import type { Capacity } from "../../ports/capacity.ts";
import type { LimiterStore } from "../../ports/limiter-store.ts";
import type { ScalingStores } from "../../ports/scaling-stores.ts";

/** Learns from the demand of this moment, in slots; the same profile again when nothing is new. */
export type LearnDemand = (profile: DemandProfile, slots: number, nowMs: number) => DemandProfile;

/** What a controller scales with. */
export type Scaling = {
  readonly stores: ScalingStores;
  readonly capacity: Capacity;
  readonly policy: CapacityPolicy;
  readonly decide: DecideCapacity;
  /** Learns the week; without it nothing is foretold. */
  readonly learn?: LearnDemand | undefined;
  /** The model's limits as they are configured, and where they are kept; without one of them nothing is bounded by them. */
  readonly rate?: RateSettings | undefined;
  readonly limiter?: LimiterStore | undefined;
  /** The fleet's budget until the operator sets another; absent: none. */
  readonly budgets?: BudgetDefaults | undefined;
  /** Whether workers say how busy their CPU is; without it nothing is decided by that. */
  readonly cpu?: boolean | undefined;
  /** False: decides and tells, and does nothing. */
  readonly acts: boolean;
};
