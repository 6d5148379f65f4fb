/** Changes of the limits that an operator sets. Pure; each gives the settings of the next version. */
import type { BudgetSetting, BudgetSettings, SetBudgets } from "../contract/budgets.ts";
import type { TenantId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";

/** The limits after a change; `too-many`: as many tenants as the settings hold have a limit of their own. */
export type SettingsChange =
  | { readonly kind: "next"; readonly settings: BudgetSettings }
  | { readonly kind: "too-many" };

/** Only a setting that is not "default" is kept. */
const kept = <K extends string>(name: K, value: BudgetSetting | undefined) =>
  value === undefined || value === "default" ? {} : { [name]: value };

/** Limits of all tenants without one of their own, and of the fleet; what is not named stays. */
export function withBudgets(settings: BudgetSettings, change: SetBudgets, nowMs: number): SettingsChange {
  const { version, tenants, fleet, tenant } = settings;
  return {
    kind: "next",
    settings: {
      version: version + 1,
      changedAtMs: nowMs,
      tenants,
      ...kept("fleet", change.fleetMicroUsd ?? fleet),
      ...kept("tenant", change.tenantMicroUsd ?? tenant),
    },
  };
}

/** The limit of one tenant. */
export function withTenantBudget(
  settings: BudgetSettings,
  { tenant, value }: { readonly tenant: TenantId; readonly value: BudgetSetting },
  nowMs: number,
): SettingsChange {
  const { [tenant]: _, ...others } = settings.tenants;
  if (value !== "default" && Object.keys(others).length >= limits.budgetTenants) return { kind: "too-many" };
  const tenants = { ...others, ...kept(tenant, value) };
  return { kind: "next", settings: { ...settings, version: settings.version + 1, changedAtMs: nowMs, tenants } };
}
