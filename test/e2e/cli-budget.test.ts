/** `muster budget` as a user types it: what is sent, what is shown, and what is a mistake. */
import { afterEach, beforeEach, expect, test } from "vitest";
import type { BudgetView } from "../../services/contract/budgets.ts";
import { FakeApi, fakeKey } from "../support/fake-api.ts";
import { muster } from "../support/run-muster.ts";

let api: FakeApi;
let env: Record<string, string>;
beforeEach(async () => {
  api = new FakeApi();
  env = { MUSTER_URL: await api.start(), MUSTER_API_KEY: fakeKey };
});
afterEach(() => api.stop());

const window = { windowStart: "2026-11-21T00:00:00.000Z", windowEnd: "2026-11-22T00:00:00.000Z" } as const;
const ofTenant = (name: string, limitMicroUsd: number) => ({
  ...{ scope: "tenant", tenant: name, limitMicroUsd, setBy: "operator" },
  ...{ spentMicroUsd: 1_250_000, heldMicroUsd: 250_000 },
  ...window,
});
const fleet = {
  scope: "fleet",
  setBy: "nobody",
  ...window,
  spentMicroUsd: 0,
  heldMicroUsd: 0,
} satisfies Partial<BudgetView>;
const all = { fleet, tenantLimitMicroUsd: 20_000_000, tenants: [ofTenant("acme", 50_000_000)] };
const sent = () =>
  api.calls.map(({ method, path, body }) => [method, path, body === "" ? undefined : JSON.parse(body)]);

test("without words all budgets are shown, for people and as JSON", async () => {
  api.answers.set("GET /v1/budgets", { status: 200, body: all });
  const people = await muster(["budget"], { env });
  expect(people.code).toBe(0);
  for (const text of ["acme", "$50.00", "$1.25", "$20.00"]) expect(people.stdout).toContain(text);
  expect((await muster(["budget", "--json"], { env })).json()).toEqual(all);
});

test.each([
  ["50", 50_000_000],
  ["0.5", 500_000],
  ["unlimited", "unlimited"],
  ["default", "default"],
])("a tenant's day is set to %s", async (text, limitMicroUsd) => {
  api.answers.set("PUT /v1/budgets/acme", { status: 200, body: ofTenant("acme", 50_000_000) });
  expect((await muster(["budget", "set", "acme", "--day", text], { env })).code).toBe(0);
  expect(sent()).toEqual([["PUT", "/v1/budgets/acme", { limitMicroUsd }]]);
});

test("all other tenants and the fleet are set in one call; what is not named is not sent", async () => {
  api.answers.set("PUT /v1/budgets", { status: 200, body: all });
  expect((await muster(["budget", "set", "--tenant-day", "20", "--fleet-hour", "100"], { env })).code).toBe(0);
  expect((await muster(["budget", "set", "--fleet-hour", "unlimited"], { env })).code).toBe(0);
  expect(sent()).toEqual([
    ["PUT", "/v1/budgets", { tenantMicroUsd: 20_000_000, fleetMicroUsd: 100_000_000 }],
    ["PUT", "/v1/budgets", { fleetMicroUsd: "unlimited" }],
  ]);
});

test.each([
  [["set"]],
  [["set", "acme"]],
  [["set", "acme", "--day", "lots"]],
  [["set", "--fleet-hour", "-1"]],
  [["raise", "acme"]],
])("%j is a mistake: exit code 2, and nothing is sent", async (words) => {
  const run = await muster(["budget", ...words], { env });
  expect(run.code).toBe(2);
  expect(run.stderr).not.toBe("");
  expect(api.calls).toEqual([]);
});

test("a refusal of the API is told, and is no success", async () => {
  api.answers.set("GET /v1/budgets", {
    status: 403,
    body: {
      type: "urn:muster:problem:forbidden",
      title: "forbidden",
      status: 403,
      detail: "needs the role operator",
      code: "forbidden",
    },
  });
  const run = await muster(["budget"], { env });
  expect(run.code).not.toBe(0);
  expect(run.stderr).toContain("needs the role operator");
});
