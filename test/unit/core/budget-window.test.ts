import { describe, expect, test } from "vitest";
import { type BudgetSettings, noBudgetSettings } from "../../../services/contract/budgets.ts";
import { tenantId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { withBudgets, withTenantBudget } from "../../../services/core/budget-settings.ts";
import { budgetsOf, fleetHour, tenantDay, tenantLimit, windowEndMs } from "../../../services/core/budget-window.ts";

const acme = tenantId.parse("acme");
const at = (text: string) => Date.parse(text);

const NOW = Date.UTC(2026, 9, 1);

describe("windows", () => {
  test.each([
    ["2026-11-21T00:00:00.000Z", "tenant:acme:2026-11-21", "fleet:2026-11-21T00"],
    ["2026-11-21T23:59:59.999Z", "tenant:acme:2026-11-21", "fleet:2026-11-21T23"],
    ["2028-02-29T12:30:00.000Z", "tenant:acme:2028-02-29", "fleet:2028-02-29T12"],
  ])("%s lies in %s and %s", (time, day, hour) => {
    expect(tenantDay(acme, at(time)).id).toBe(day);
    expect(fleetHour(at(time)).id).toBe(hour);
  });

  test("a window ends where the next begins, and its name says when", () => {
    for (const window of [tenantDay(acme, at("2026-12-31T09:00:00Z")), fleetHour(at("2026-12-31T23:10:00Z"))]) {
      expect(window.endMs).toBe(at("2027-01-01T00:00:00Z"));
      expect(windowEndMs(window.id)).toBe(window.endMs);
    }
  });
});

describe("limits", () => {
  const defaults = { tenant: 7, fleet: 9 };
  const set = (more: Partial<BudgetSettings>): BudgetSettings => ({ ...noBudgetSettings, ...more });
  test.each([
    ["nothing is set anywhere", set({}), {}, undefined, "nobody"],
    ["the environment", set({}), defaults, 7, "environment"],
    ["the operator's for all goes before it", set({ tenant: 20 }), defaults, 20, "operator"],
    ["the tenant's own before that", set({ tenant: 20, tenants: { acme: 5 } }), defaults, 5, "operator"],
    [
      "its own may lift what holds for all",
      set({ tenant: 20, tenants: { acme: "unlimited" } }),
      defaults,
      undefined,
      "operator",
    ],
    ["another tenant's says nothing", set({ tenants: { other: 5 } }), defaults, 7, "environment"],
  ] as const)("%s", (_, settings, environment, limitMicroUsd, setBy) => {
    expect(tenantLimit(settings, environment, acme)).toEqual({ limitMicroUsd, setBy });
  });

  test("a call draws from the budgets that have a limit", () => {
    const nowMs = at("2026-11-21T14:00:00Z");
    const of = (settings: BudgetSettings, environment = {}) =>
      budgetsOf({ settings, defaults: environment }, acme, nowMs).map(({ id, limitMicroUsd }) => [id, limitMicroUsd]);
    expect(of(noBudgetSettings)).toEqual([]);
    expect(of(noBudgetSettings, defaults)).toEqual([
      ["tenant:acme:2026-11-21", 7],
      ["fleet:2026-11-21T14", 9],
    ]);
    expect(of(set({ tenant: "unlimited" }), defaults)).toEqual([["fleet:2026-11-21T14", 9]]);
  });
});

describe("what an operator sets", () => {
  test("replaces what is named, keeps the rest, and counts the version", () => {
    const first = withBudgets(noBudgetSettings, { fleetMicroUsd: 100 }, NOW);
    if (first.kind !== "next") throw new Error(first.kind);
    const second = withBudgets(first.settings, { tenantMicroUsd: "unlimited" }, NOW);
    expect(second).toEqual({
      kind: "next",
      settings: { version: 2, changedAtMs: NOW, fleet: 100, tenant: "unlimited", tenants: {} },
    });
    if (second.kind !== "next") throw new Error(second.kind);
    expect(withBudgets(second.settings, { fleetMicroUsd: "default" }, NOW)).toEqual({
      kind: "next",
      settings: { version: 3, changedAtMs: NOW, tenant: "unlimited", tenants: {} },
    });
  });

  test("a tenant's own limit comes and goes; of too many none is added", () => {
    const set = withTenantBudget(noBudgetSettings, { tenant: acme, value: 50 }, NOW);
    if (set.kind !== "next") throw new Error(set.kind);
    expect(set.settings).toEqual({ version: 1, changedAtMs: NOW, tenants: { acme: 50 } });
    expect(withTenantBudget(set.settings, { tenant: acme, value: "default" }, NOW)).toMatchObject({
      settings: { tenants: {} },
    });
    const tenants = Object.fromEntries(Array.from({ length: limits.budgetTenants }, (_, i) => [`t${i}`, 1]));
    const full = { version: 1, tenants };
    expect(withTenantBudget(full, { tenant: acme, value: 50 }, NOW)).toEqual({ kind: "too-many" });
    expect(withTenantBudget(full, { tenant: tenantId.parse("t3"), value: 50 }, NOW).kind).toBe("next");
    expect(withTenantBudget(full, { tenant: acme, value: "default" }, NOW).kind).toBe("next");
  });
});
