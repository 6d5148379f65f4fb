/** Budgets of a tenant's UTC day and of the fleet's UTC hour: names, limits, what a worker holds of one. Micro-USD. */
import { z } from "zod";
import { tenantId } from "./ids.ts";

/** A budget in one window: `tenant:acme:2026-11-21` is the day of a tenant, `fleet:2026-11-21T14` the hour of the fleet. */
export const budgetId = z
  .string()
  .regex(/^(tenant:[a-z0-9][a-z0-9-]{0,47}:\d{4}-\d\d-\d\d|fleet:\d{4}-\d\d-\d\dT\d\d)$/)
  .brand<"BudgetId">();
export type BudgetId = z.infer<typeof budgetId>;

/** More than any account may spend in a day, and far from where integers end. */
const MOST = 1_000_000_000_000;
const amount = z.int().positive().max(MOST);

/** Most micro-USD of a window, or that nothing is limited. */
export const budgetLimit = z.union([amount, z.literal("unlimited")]);
export type BudgetLimit = z.infer<typeof budgetLimit>;

/**
 * What the operator set while the fleet runs; each part that is absent is as the deployment's environment says. `version` grows
 * with every change, 0 before the first.
 */
export const budgetSettings = z.object({
  version: z.int().nonnegative(),
  fleet: budgetLimit.optional(),
  /** Of every tenant without a limit of its own. */
  tenant: budgetLimit.optional(),
  tenants: z.record(z.string(), budgetLimit),
  /** When the operator changed them last: runs that wait for a budget are woken some seconds later. */
  changedAtMs: z.int().optional(),
});
export type BudgetSettings = z.infer<typeof budgetSettings>;

/** Before anything was set. */
export const noBudgetSettings: BudgetSettings = { version: 0, tenants: {} };

/** Budgets of a deployment's environment; an absent one limits nothing. */
export type BudgetDefaults = { readonly fleet?: number | undefined; readonly tenant?: number | undefined };

const micro = z.int().nonnegative();

/** A budget in its present window. Without a limit nothing is counted, so nothing is shown. */
export const budgetView = z
  .object({
    scope: z.enum(["tenant", "fleet"]),
    tenant: tenantId.optional(),
    limitMicroUsd: micro.optional().meta({ description: "absent: not limited" }),
    setBy: z.enum(["operator", "environment", "nobody"]),
    windowStart: z.iso.datetime(),
    windowEnd: z.iso.datetime().meta({ description: "runs that an exhausted budget parked go on then" }),
    spentMicroUsd: micro.meta({ description: "as the workers have told; they do so within a minute" }),
    heldMicroUsd: micro.meta({
      description: "leased to workers beyond that: calls under way, and what they may start",
    }),
  })
  .meta({ id: "Budget" });
export type BudgetView = z.infer<typeof budgetView>;

export const budgetList = z
  .object({
    fleet: budgetView,
    tenantLimitMicroUsd: micro.optional().meta({ description: "of tenants without a limit of their own" }),
    tenants: z.array(budgetView).meta({ description: "tenants with a limit of their own" }),
  })
  .meta({ id: "BudgetList" });
export type BudgetList = z.infer<typeof budgetList>;

/** A limit, none, or back to what the level above says. */
const setting = z.union([amount, z.literal("unlimited"), z.literal("default")]);
export type BudgetSetting = z.infer<typeof setting>;

export const setTenantBudget = z.strictObject({ limitMicroUsd: setting }).meta({ id: "SetTenantBudget" });
export type SetTenantBudget = z.infer<typeof setTenantBudget>;
export const setBudgets = z
  .strictObject({
    fleetMicroUsd: setting.optional().meta({ description: "of the fleet in a UTC hour" }),
    tenantMicroUsd: setting.optional().meta({ description: "of each tenant without a limit of its own in a UTC day" }),
  })
  .refine((set) => Object.values(set).some((value) => value !== undefined), "names nothing to set")
  .meta({ id: "SetBudgets" });
export type SetBudgets = z.infer<typeof setBudgets>;
