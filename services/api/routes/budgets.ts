/** GET and PUT /v1/budgets, GET and PUT /v1/budgets/{tenant} */
import { z } from "zod";
import { type BudgetSettings, budgetList, budgetView, setBudgets, setTenantBudget } from "../../contract/budgets.ts";
import { tenantId } from "../../contract/ids.ts";
import { limits } from "../../contract/limits.ts";
import { type SettingsChange, withBudgets, withTenantBudget } from "../../core/budget-settings.ts";
import { anyTenantLimit } from "../../core/budget-window.ts";
import { fleetBudget, tenantBudget } from "../budget-view.ts";
import type { ApiParts } from "../deps.ts";
import { inParallel } from "../in-parallel.ts";
import { type Refusal, refuse } from "../problem.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { exampleBudget, exampleBudgets } from "./examples.ts";

const tenantPath = only(z.object({ tenant: tenantId }));
const one = { 200: { what: "The budget as it is now", schema: budgetView, example: exampleBudget } };
const all = { 200: { what: "The budgets as they are now", schema: budgetList, example: exampleBudgets } };

async function listOf(parts: ApiParts, settings: BudgetSettings): Promise<Response> {
  const { limitMicroUsd } = anyTenantLimit(settings, parts.budgetDefaults ?? {});
  const named = Object.keys(settings.tenants)
    .toSorted()
    .map((name) => tenantId.parse(name));
  return json({
    fleet: await fleetBudget(parts, settings),
    ...(limitMicroUsd === undefined ? {} : { tenantLimitMicroUsd: limitMicroUsd }),
    tenants: await inParallel(named, (tenant) => tenantBudget(parts, settings, tenant)),
  });
}

/** Changes the settings against other operators. */
async function change(
  { budgets, events }: ApiParts,
  what: string,
  decide: (settings: BudgetSettings) => SettingsChange,
): Promise<BudgetSettings | Refusal> {
  for (let i = 0; i < limits.budgetTries; i++) {
    const decided = decide(await budgets.settings());
    if (decided.kind === "too-many")
      return refuse("too-many-budgets", `at most ${limits.budgetTenants} tenants have a budget of their own`);
    if (!(await budgets.changeSettings(decided.settings))) continue;
    events.emit("budget.set", { what, version: decided.settings.version });
    return decided.settings;
  }
  return refuse("unavailable", "the budgets change too fast; send the request again");
}

export const listBudgets = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/budgets",
  operation: "listBudgets",
  access: "operator",
  summary: "The fleet's budget of this hour, and those of tenants with a limit of their own of this day",
  answers: all,
  refusals: [],
  handle: async (parts) => listOf(parts, await parts.budgets.settings()),
});

export const changeBudgets = defineRoute({
  ...takesNothing,
  method: "PUT",
  path: "/v1/budgets",
  operation: "setBudgets",
  access: "operator",
  summary: "Set the fleet's budget in an hour, and that of tenants without a limit of their own in a day",
  description:
    "Workers follow within ten seconds, runs that wait for a budget within half a minute. `unlimited` lifts a limit, `default` goes back to the deployment's environment.",
  body: only(setBudgets),
  answers: all,
  refusals: [],
  handle: async (parts, { body }) => {
    const changed = await change(parts, "all", (settings) => withBudgets(settings, body, parts.clock.nowMs()));
    return "kind" in changed ? changed : listOf(parts, changed);
  },
});

export const getTenantBudget = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/budgets/{tenant}",
  operation: "getTenantBudget",
  access: "tenant",
  summary: "A tenant's budget of this day: its own, or any with the role operator",
  params: tenantPath,
  answers: one,
  refusals: ["forbidden"],
  handle: async (parts, { params: { tenant }, caller }) => {
    if (tenant !== caller.tenant && caller.role !== "operator")
      return refuse("forbidden", "another tenant's budget needs a key with the role operator");
    return json(await tenantBudget(parts, await parts.budgets.settings(), tenant));
  },
});

export const changeTenantBudget = defineRoute({
  ...takesNothing,
  method: "PUT",
  path: "/v1/budgets/{tenant}",
  operation: "setTenantBudget",
  access: "operator",
  summary: "Set what a tenant may spend in a UTC day",
  description:
    "Workers follow within ten seconds, runs that wait for it within half a minute. `unlimited` lifts the limit, `default` goes back to that of all tenants.",
  params: tenantPath,
  body: only(setTenantBudget),
  answers: one,
  refusals: ["too-many-budgets"],
  handle: async (parts, { params: { tenant }, body }) => {
    const value = body.limitMicroUsd;
    const decide = (settings: BudgetSettings) => withTenantBudget(settings, { tenant, value }, parts.clock.nowMs());
    const changed = await change(parts, tenant, decide);
    return "kind" in changed ? changed : json(await tenantBudget(parts, changed, tenant));
  },
});
