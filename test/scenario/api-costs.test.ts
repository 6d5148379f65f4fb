/** Costs over the API: what the books hold, whether they are closed or not, and of whom. */
import { expect, test } from "vitest";
import { costReport } from "../../services/contract/cost-view.ts";
import { limits } from "../../services/contract/limits.ts";
import { hourOf } from "../../services/core/books.ts";
import { aPage, aStoredCell } from "../support/costs.ts";
import { aTenant } from "../support/ids.ts";
import { anApi, type Caller, callers } from "./api-fixture.ts";

type Api = Awaited<ReturnType<typeof anApi>>;
const OPUS = "claude-opus-5-5";

async function costs(api: Api, question = "", as: Caller = "acme") {
  const response = await api.ask("GET", `/v1/costs${question}`, { as });
  expect(response.status).toBe(200);
  return costReport.parse(await response.json());
}

const acme = callers.acme.tenant;
const rival = callers.rival.tenant;

/** Yesterday is closed, as a day; of today one hour is, and two workers have open books. */
async function aLedger(api: Api) {
  const { ledger } = api.world;
  const hour = hourOf(api.clock.nowMs());
  await ledger.putDaySheet("2026-09-30", [aStoredCell({ tenant: acme, spentMicroUsd: 1_000, savedMicroUsd: 7 })]);
  await ledger.changeState(0, { closedThrough: hour - 1, learned: {} });
  const mine = aStoredCell({ tenant: acme, spentMicroUsd: 200, possibleMicroUsd: 90 });
  const dear = aStoredCell({ tenant: acme, spentMicroUsd: 4_000, model: OPUS });
  await ledger.keep(aPage({ hour, cells: [mine, dear] }), false);
  await ledger.keep(aPage({ hour, cells: [mine, aStoredCell({ tenant: rival, spentMicroUsd: 50 })] }), true);
  await ledger.changeLate(hour, 0, { keys: ["run/1"], cells: [aStoredCell({ tenant: acme, spentMicroUsd: 5 })] });
  return hour;
}

test("a tenant sees its own costs by day, open books and late bookings too; saved and in doubt are apart", async () => {
  const api = await anApi();
  await aLedger(api);
  const report = await costs(api);
  expect(report).toMatchObject({ from: "2026-09-02", to: "2026-10-01", by: ["day"], rowsLeft: 0 });
  expect(report.rows.map(({ day, spentMicroUsd }) => [day, spentMicroUsd])).toEqual([
    ["2026-10-01", 4_405],
    ["2026-09-30", 1_000],
  ]);
  expect(report.total).toMatchObject({ calls: 5, spentMicroUsd: 5_405, savedMicroUsd: 7, possibleMicroUsd: 180 });
});

test("no tenant ever sees another's, an operator sees all or the one that it asks for", async () => {
  const api = await anApi();
  await aLedger(api);
  const spent = async (as: Caller, question = "?by=tenant") =>
    Object.fromEntries((await costs(api, question, as)).rows.map((row) => [row.tenant, row.spentMicroUsd]));
  expect(await spent("rival")).toEqual({ rival: 50 });
  expect(await spent("rival", "?by=tenant&tenant=rival")).toEqual({ rival: 50 });
  expect(await spent("operator")).toEqual({ acme: 5_405, rival: 50 });
  expect(await spent("operator", "?by=tenant&tenant=rival")).toEqual({ rival: 50 });
  const now = async (as: Caller) => (await costs(api, "", as)).now.hourMicroUsd;
  expect([await now("acme"), await now("rival"), await now("operator")]).toEqual([4_405, 50, 4_455]);
});

test("groups may be joined, the dearest first; days may be chosen", async () => {
  const api = await anApi();
  await aLedger(api);
  const { rows } = await costs(api, "?by=model,day&from=2026-10-01&to=2026-10-01");
  expect(rows.map(({ model, day, spentMicroUsd }) => [model, day, spentMicroUsd])).toEqual([
    [OPUS, "2026-10-01", 4_000],
    ["claude-haiku-5-5", "2026-10-01", 405],
  ]);
  expect((await costs(api, "?to=2026-09-30")).total.spentMicroUsd).toBe(1_000);
  expect((await costs(api, "?from=2026-11-01")).rows).toEqual([]);
});

test("the last 60 minutes: this hour, and of the one before what still falls into them", async () => {
  const api = await anApi();
  const hour = await aLedger(api);
  await api.world.ledger.putHourSheet(hour - 1, [aStoredCell({ tenant: acme, spentMicroUsd: 1_000 })]);
  await api.clock.advance(15 * 60_000);
  expect((await costs(api)).now).toEqual({
    at: "2026-10-01T00:15:00.000Z",
    hourMicroUsd: 4_405,
    perHourMicroUsd: 4_405 + 750,
  });
});

test("closing an hour changes no sum", async () => {
  const api = await anApi();
  const hour = await aLedger(api);
  const before = await costs(api, "?by=tenant,agent,model,day", "operator");
  const { books, late } = await api.world.ledger.hour(hour);
  await api.world.ledger.putHourSheet(hour, [...books.flatMap(({ cells }) => cells), ...late]);
  // Written, and not yet said to be closed: the sheet does not count beside the books.
  expect(await costs(api, "?by=tenant,agent,model,day", "operator")).toEqual(before);
  await api.world.ledger.changeState(1, { closedThrough: hour, learned: {} });
  expect(await costs(api, "?by=tenant,agent,model,day", "operator")).toEqual(before);
});

test("rows are bounded, the total has them all", async () => {
  const api = await anApi();
  const cells = Array.from({ length: limits.costRowsMax + 3 }, () =>
    aStoredCell({ tenant: aTenant(), spentMicroUsd: 2 }),
  );
  await api.world.ledger.putDaySheet("2026-09-30", cells);
  const report = await costs(api, "?by=tenant", "operator");
  expect([report.rows.length, report.rowsLeft]).toEqual([limits.costRowsMax, 3]);
  expect(report.total.spentMicroUsd).toBe(2 * cells.length);
});

test("before anything was ever closed the open books count", async () => {
  const api = await anApi();
  await api.world.ledger.keep(aPage({ cells: [aStoredCell({ tenant: acme, spentMicroUsd: 3 })] }), false);
  expect((await costs(api)).total.spentMicroUsd).toBe(3);
});
