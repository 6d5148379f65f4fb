/** Which budgets a call draws from at a time, by what is configured. UTC days of tenants, UTC hours of the fleet. Pure. */
import {
  type BudgetDefaults,
  type BudgetId,
  type BudgetLimit,
  type BudgetSettings,
  budgetId,
} from "../contract/budgets.ts";
import type { TenantId } from "../contract/ids.ts";
import { DAY, HOUR } from "../contract/units.ts";

/** A window of a budget: milliseconds since 1970, the end not included. */
export type BudgetWindow = { readonly id: BudgetId; readonly startMs: number; readonly endMs: number };

const started = (nowMs: number, lengthMs: number) => Math.floor(nowMs / lengthMs) * lengthMs;

/** The day of a tenant that `nowMs` lies in. */
export function tenantDay(tenant: TenantId, nowMs: number): BudgetWindow {
  const startMs = started(nowMs, DAY);
  const id = budgetId.parse(`tenant:${tenant}:${new Date(startMs).toISOString().slice(0, 10)}`);
  return { id, startMs, endMs: startMs + DAY };
}

/** The hour of the fleet that `nowMs` lies in. */
export function fleetHour(nowMs: number): BudgetWindow {
  const startMs = started(nowMs, HOUR);
  const id = budgetId.parse(`fleet:${new Date(startMs).toISOString().slice(0, 13)}`);
  return { id, startMs, endMs: startMs + HOUR };
}

/** When the window of a budget is over. */
export function windowEndMs(id: BudgetId): number {
  const day = /(\d{4}-\d\d-\d\d)(?:T(\d\d))?$/.exec(id);
  const [, date = "", hour] = day ?? [];
  const startMs = Date.parse(`${date}T${hour ?? "00"}:00:00Z`);
  return startMs + (hour === undefined ? DAY : HOUR);
}

/** A limit and who set it; no limit when `limitMicroUsd` is absent. */
export type EffectiveLimit = {
  readonly limitMicroUsd: number | undefined;
  readonly setBy: "operator" | "environment" | "nobody";
};

function effective(said: BudgetLimit | undefined, otherwise: number | undefined): EffectiveLimit {
  if (said === "unlimited") return { limitMicroUsd: undefined, setBy: "operator" };
  if (said !== undefined) return { limitMicroUsd: said, setBy: "operator" };
  return { limitMicroUsd: otherwise, setBy: otherwise === undefined ? "nobody" : "environment" };
}

/** The limit of a tenant's day: its own, what the operator set for all, what the environment says. */
export const tenantLimit = (settings: BudgetSettings, defaults: BudgetDefaults, tenant: TenantId): EffectiveLimit =>
  effective(settings.tenants[tenant] ?? settings.tenant, defaults.tenant);

/** The limit of tenants without one of their own. */
export const anyTenantLimit = (settings: BudgetSettings, defaults: BudgetDefaults): EffectiveLimit =>
  effective(settings.tenant, defaults.tenant);

/** The limit of the fleet's hour: what the operator set, what the environment says. */
export const fleetLimit = (settings: BudgetSettings, defaults: BudgetDefaults): EffectiveLimit =>
  effective(settings.fleet, defaults.fleet);

/** A budget that a call must draw from. */
export type BudgetOfCall = BudgetWindow & { readonly limitMicroUsd: number };

/** The budgets of a tenant's call at `nowMs`: those that have a limit. */
export function budgetsOf(
  { settings, defaults }: { readonly settings: BudgetSettings; readonly defaults: BudgetDefaults },
  tenant: TenantId,
  nowMs: number,
): BudgetOfCall[] {
  const found: BudgetOfCall[] = [];
  const { limitMicroUsd: day } = tenantLimit(settings, defaults, tenant);
  if (day !== undefined) found.push({ ...tenantDay(tenant, nowMs), limitMicroUsd: day });
  const { limitMicroUsd: hour } = fleetLimit(settings, defaults);
  if (hour !== undefined) found.push({ ...fleetHour(nowMs), limitMicroUsd: hour });
  return found;
}
