/** Times, sizes and counts of budgets that runs share; part of `limits`. */
import { assertLimit } from "./assert-limit.ts";
import { MINUTE, SECOND } from "./units.ts";

/** Spread into `limits`, which is where they are used by name. */
export const budgetBounds = {
  /** Budgets of tenants and of the fleet: how often a worker reads their limits, and how old what it read may be when it draws;
   * tenants with a limit of their own. */
  budgetReadMs: 10 * SECOND,
  budgetOldMs: MINUTE,
  budgetTenants: 500,
  /** When runs that wait for a budget are woken after the operator changed one: all workers have read it by then. How long a
   * controller that has just begun believes that nobody has woken them yet. */
  budgetWakeAfterMs: 15 * SECOND,
  budgetWakeForMs: 2 * MINUTE,
  /** A block leased to a worker: so many calls, at most this part of what is left. The same for what a beat publishes above what
   * is drawn: a dead worker may lose it; and the part of a budget by which a ceiling may
   * be too high before a beat lowers it, so often at most. Budgets that a beat names. */
  budgetBlockCalls: 32,
  budgetBlockPart: 64,
  budgetAheadCalls: 8,
  budgetAheadPart: 512,
  budgetSlackPart: 256,
  budgetLowerMs: SECOND,
  budgetsHeld: 200,
  /** How old an account's view may be when a draw is denied; how long a run is parked while others hold the rest, and at
   * once while the window lasts; tries of a worker that leaves. */
  budgetViewMs: SECOND,
  budgetParkMs: 15 * SECOND,
  budgetParkMaxMs: 15 * MINUTE,
  budgetTries: 8,
  /** Upkeep of blocks: how often, when an unused one is given back, when spend is told that no lease carried. */
  budgetUpkeepMs: 5 * SECOND,
  budgetIdleMs: 15 * SECOND,
  budgetTellMs: 30 * SECOND,
} as const;

assertLimit(budgetBounds.budgetReadMs * 3 <= budgetBounds.budgetOldMs, "two failed reads of the limits stop no draw");
assertLimit(budgetBounds.budgetUpkeepMs <= budgetBounds.budgetIdleMs, "an unused block is seen in time");
