/** What is left of the fleet's budget of this hour, and what an active run takes of it in a minute. */
import type { BudgetDefaults } from "../../contract/budgets.ts";
import type { FleetBudget, Signal } from "../../contract/capacity.ts";
import { fleetHour, fleetLimit } from "../../core/budget-window.ts";
import { nextSpend, type SpendPace } from "../../core/spend-pace.ts";
import type { BudgetStore } from "../../ports/budget-store.ts";
import { detailOf } from "../message-of.ts";

/** What was measured before, and the mean of active runs of late (undefined: unknown). */
export type SpendBefore = {
  readonly spend: SpendPace | undefined;
  readonly active: number | undefined;
  readonly nowMs: number;
};

export type BudgetSeen = { readonly signal: Signal<FleetBudget>; readonly spend: SpendPace | undefined };

/**
 * `defaults` are the environment's, until the operator sets others. What workers hold and have not spent is left: they spend
 * it on the runs that this bounds. Without a limit: none. What cannot be read is unknown; the pace stays.
 */
export async function fleetBudget(
  budgets: BudgetStore,
  defaults: BudgetDefaults,
  before: SpendBefore,
): Promise<BudgetSeen> {
  const { nowMs, active } = before;
  try {
    const { limitMicroUsd } = fleetLimit(await budgets.settings(), defaults);
    if (limitMicroUsd === undefined) return { signal: { kind: "none" }, spend: undefined };
    const { id, endMs } = fleetHour(nowMs);
    const { spentMicroUsd } = await budgets.read(id);
    const spend = nextSpend(before.spend, { budget: id, atMs: nowMs, spentMicroUsd, active });
    const { microUsdPerRunMinute } = spend;
    const value = {
      leftMicroUsd: Math.max(0, limitMicroUsd - spentMicroUsd),
      windowEndsAtMs: endMs,
      ...(microUsdPerRunMinute === undefined ? {} : { microUsdPerRunMinute }),
    };
    return { signal: { kind: "known", atMs: nowMs, value }, spend };
  } catch (error) {
    return { signal: { kind: "unknown", because: detailOf(error) }, spend: before.spend };
  }
}
