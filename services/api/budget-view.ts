/** Budgets as the API shows them: the limit in force, who set it, and what the present window has come to. */
import type { BudgetSettings, BudgetView } from "../contract/budgets.ts";
import type { TenantId } from "../contract/ids.ts";
import {
  type BudgetWindow,
  type EffectiveLimit,
  fleetHour,
  fleetLimit,
  tenantDay,
  tenantLimit,
} from "../core/budget-window.ts";
import type { ApiParts } from "./deps.ts";
import { isoTime } from "./view.ts";

async function viewOf(
  { budgets }: ApiParts,
  { id, startMs, endMs }: BudgetWindow,
  { limitMicroUsd, setBy }: EffectiveLimit,
): Promise<Omit<BudgetView, "scope" | "tenant">> {
  const { leasedMicroUsd, spentMicroUsd } = await budgets.read(id);
  return {
    ...(limitMicroUsd === undefined ? {} : { limitMicroUsd }),
    setBy,
    windowStart: isoTime(startMs),
    windowEnd: isoTime(endMs),
    spentMicroUsd,
    heldMicroUsd: leasedMicroUsd - spentMicroUsd,
  };
}

/** The budget of a tenant's present day. */
export async function tenantBudget(parts: ApiParts, settings: BudgetSettings, tenant: TenantId): Promise<BudgetView> {
  const limit = tenantLimit(settings, parts.budgetDefaults ?? {}, tenant);
  const view = await viewOf(parts, tenantDay(tenant, parts.clock.nowMs()), limit);
  return { scope: "tenant", tenant, ...view };
}

/** The budget of the fleet's present hour. */
export async function fleetBudget(parts: ApiParts, settings: BudgetSettings): Promise<BudgetView> {
  const limit = fleetLimit(settings, parts.budgetDefaults ?? {});
  return { scope: "fleet", ...(await viewOf(parts, fleetHour(parts.clock.nowMs()), limit)) };
}
