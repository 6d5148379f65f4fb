import type { MachineId, PoolTarget, SeenPool } from "../contract/capacity.ts";
import type { Pool } from "../contract/ids.ts";

/**
 * Who acts. `epoch` grows with every leader: an act with a lower one than was seen before does nothing. `decision` is unique to
 * the decision: the same act, sent again with it, happens once. `isMine` is asked before each single act: false means that another may lead,
 * and nothing more is done.
 */
export type Acting = { readonly epoch: number; readonly decision: string; isMine(): Promise<boolean> };

/**
 * What became of a target. `done`: taken in, the machines come or are there. `partial`: so many of those that were missing come, the
 * others do not. `no-capacity`: none does. `throttled`: nothing was done, try with the next decision. `quota`: the account may not have
 * more. `fenced`: another leads. `failed`: a surprise, or no answer in time; nobody knows what was done of it.
 */
export type ActOutcome =
  | { readonly kind: "done" }
  | { readonly kind: "partial"; readonly launched: number; readonly because: string }
  | { readonly kind: "no-capacity" | "quota" | "throttled" | "fenced" | "failed"; readonly because: string };

/** Outcome of one pool. */
export type PoolOutcome = { readonly pool: Pool; readonly outcome: ActOutcome };

/**
 * The pools: AWS, worker processes of a laptop, the planner's virtual fleet. Refusals are values, and so is a pool that fails while others do
 * not. A look ends within `limits.poolLookMs`, an act within `limits.poolActMs`, each pool for itself.
 */
export interface Capacity {
  /** Every pool of this installation, each for itself: one that cannot be read is unknown. */
  observe(): Promise<readonly SeenPool[]>;
  /**
   * Carries targets out: `end`, then `machines` (an absolute number: sent twice it happens once). Machines in `end` are ended without
   * being replaced, those of a pool at its minimum with another in their place; those that are not there any more are nothing. It never chooses a machine to end: a lower number takes
   * back only what was not launched.
   */
  act(targets: readonly PoolTarget[], by: Acting): Promise<readonly PoolOutcome[]>;
}

/**
 * Tells machines to leave. `cordon`: take no new run. `drain`: release every run, then leave. Idempotent; a machine without a living
 * worker is nothing. Real fleets tell the workers there through their items.
 */
export interface MachineBell {
  cordon(machines: readonly MachineId[]): Promise<void>;
  drain(machines: readonly MachineId[]): Promise<void>;
}
