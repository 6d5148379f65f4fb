/** Operators read and set budgets over the API; a tenant reads its own. */
import { expect, test } from "vitest";
import { budgetId, budgetList, budgetView } from "../../services/contract/budgets.ts";
import { problem } from "../../services/contract/http.ts";
import { limits } from "../../services/contract/limits.ts";
import { changeLease } from "../../services/core/budget-account.ts";
import { aWorkerId } from "../support/ids.ts";
import { anApi, type Caller } from "./api-fixture.ts";

type Api = Awaited<ReturnType<typeof anApi>>;

async function asked(api: Api, method: "GET" | "PUT", path: string, given: { as?: Caller; body?: unknown } = {}) {
  const response = await api.ask(method, `/v1/budgets${path}`, { as: "operator", ...given });
  expect(response.status).toBe(200);
  return response.json();
}
const one = async (...call: Parameters<typeof asked>) => budgetView.parse(await asked(...call));
const all = async (...call: Parameters<typeof asked>) => budgetList.parse(await asked(...call));

const spend = async (api: Api, id: string, leased: number, spent: number) => {
  const move = changeLease(aWorkerId(), { from: undefined, to: { op: 1, leased, spent }, limit: leased });
  expect((await api.world.budgets.move(budgetId.parse(id), move)).kind).toBe("moved");
};

test("nothing is limited at first", async () => {
  const api = await anApi();
  const { fleet, tenants, tenantLimitMicroUsd } = await all(api, "GET", "");
  expect(fleet).toMatchObject({ scope: "fleet", setBy: "nobody", spentMicroUsd: 0, heldMicroUsd: 0 });
  expect(fleet.limitMicroUsd ?? tenantLimitMicroUsd).toBeUndefined();
  expect(tenants).toEqual([]);
  expect(await one(api, "GET", "/acme", { as: "acme" })).toMatchObject({
    setBy: "nobody",
    windowStart: "2026-10-01T00:00:00.000Z",
    windowEnd: "2026-10-02T00:00:00.000Z",
  });
});

test("a tenant's own limit goes before that of all, and back to it; the present window is shown", async () => {
  const api = await anApi();
  await spend(api, "tenant:acme:2026-10-01", 900, 400);
  expect(await one(api, "PUT", "/acme", { body: { limitMicroUsd: 5_000 } })).toMatchObject({
    tenant: "acme",
    limitMicroUsd: 5_000,
    setBy: "operator",
    spentMicroUsd: 400,
    heldMicroUsd: 500,
  });
  await all(api, "PUT", "", { body: { tenantMicroUsd: 7_000 } });
  const listed = await all(api, "PUT", "", { body: { fleetMicroUsd: 9_000 } });
  expect(listed).toMatchObject({ tenantLimitMicroUsd: 7_000, fleet: { limitMicroUsd: 9_000 } });
  expect(listed.tenants.map(({ tenant }) => tenant)).toEqual(["acme"]);
  expect(await one(api, "PUT", "/acme", { body: { limitMicroUsd: "default" } })).toMatchObject({
    limitMicroUsd: 7_000,
  });
  const unlimited = await one(api, "PUT", "/acme", { body: { limitMicroUsd: "unlimited" } });
  expect(unlimited).toMatchObject({ setBy: "operator" });
  expect(unlimited.limitMicroUsd).toBeUndefined();
  expect(api.world.events.of("budget.set")).toHaveLength(5);
});

test("operators who change at the same time lose no change", async () => {
  const api = await anApi();
  const names = ["anna", "bert", "cleo"];
  await Promise.all(names.map((name) => one(api, "PUT", `/${name}`, { body: { limitMicroUsd: 5_000 } })));
  expect((await all(api, "GET", "")).tenants.map(({ tenant }) => tenant)).toEqual(names);
});

test("as many tenants as the settings hold have a budget of their own, and no more", async () => {
  const api = await anApi();
  const tenants = Object.fromEntries(Array.from({ length: limits.budgetTenants }, (_, i) => [`t${i}`, 5]));
  await api.world.budgets.changeSettings({ version: 1, tenants });
  const body = { limitMicroUsd: 5_000 };
  const refused = await api.ask("PUT", "/v1/budgets/acme", { as: "operator", body });
  expect(problem.parse(await refused.json())).toMatchObject({ status: 422, code: "too-many-budgets" });
  await one(api, "PUT", "/t7", { body });
});

test.each([
  ["acme", "GET", "", undefined, 403],
  ["acme", "GET", "/rival", undefined, 403],
  ["acme", "PUT", "/acme", { limitMicroUsd: 5 }, 403],
  ["operator", "PUT", "/acme", { limitMicroUsd: 0 }, 400],
  ["operator", "PUT", "/acme", { limitMicroUsd: -1 }, 400],
  ["operator", "PUT", "/acme", { limitMicroUsd: 1.5 }, 400],
  ["operator", "PUT", "/acme", { limitMicroUsd: "lots" }, 400],
  ["operator", "PUT", "/acme", {}, 400],
  ["operator", "PUT", "", {}, 400],
  ["operator", "PUT", "", { fleetMicroUsd: 5, other: 1 }, 400],
  ["operator", "PUT", "/No_Tenant", { limitMicroUsd: 5 }, 400],
] as const)("%s %s %s %j is refused with %i", async (as, method, path, body, status) => {
  const api = await anApi();
  const response = await api.ask(method, `/v1/budgets${path}`, { as, ...(body === undefined ? {} : { body }) });
  expect(response.status).toBe(status);
});
