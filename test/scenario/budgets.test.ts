/** Budgets that runs share: drawn before a call, settled after it, parked when spent, given back when a worker is gone. */
import { describe, expect, test } from "vitest";
import { ask, type ModelStep, say } from "../../services/adapters/memory/scripted-model.ts";
import { type BudgetId, budgetId } from "../../services/contract/budgets.ts";
import { type RunId, tenantId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { keys } from "../../services/contract/tables.ts";
import { Controller } from "../../services/controller/controller.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { aTimeMs } from "../support/builders.ts";
import { aWorld } from "./worker-fixture.ts";

const DAY_MS = 24 * 3_600_000;
const [acme, other] = [tenantId.parse("acme"), tenantId.parse("other")];
const day = budgetId.parse("tenant:acme:2026-10-01");
const hour = budgetId.parse("fleet:2026-10-01T00");
/** What each call reserves (`anAccepted`), and what the calls of these tests cost. */
const RESERVED = 1_000;
const COST = 510;
/** What a beat allows to draw while one call is under way. */
const CEILING = (1 + limits.budgetAheadCalls) * RESERVED;
const costly = (afterMs = 1_000): ModelStep =>
  ({ ...say("Done.", afterMs), usage: { outputTokens: 1_000 } }) as ModelStep;

function aBudgetedWorld(startMs = aTimeMs) {
  const world = aWorld(1, startMs);
  world.model.otherwise(() => costly());
  const submit = (count: number, overrides: Partial<RunHead> = {}): Promise<RunId[]> =>
    Promise.all(Array.from({ length: count }, () => world.submit({ tenant: acme, ...overrides })));
  const heads = async (ids: readonly RunId[]): Promise<RunHead[]> => {
    const found: RunHead[] = [];
    for (let i = 0; i < ids.length; i += limits.readBatchMax)
      found.push(...(await world.runs.read(ids.slice(i, i + limits.readBatchMax), world.clock.nowMs())));
    return found;
  };
  const ended = async (ids: readonly RunId[]) => (await heads(ids)).filter(({ state }) => isEnded(state)).length;
  const spent = () => world.model.calls.length * COST;
  const control = () => {
    const controller = new Controller(world);
    void controller.run(new AbortController().signal);
    return controller;
  };
  return { ...world, submit, heads, ended, spent, control };
}

/** Parked for a budget leaves no mark. */
function expectParked(head: RunHead): void {
  expect(head).toMatchObject({ state: "QUEUED", holder: keys.parkHolder(head.runId), waits: 0, failures: 0 });
  expect(head).toMatchObject({ interruptions: 0, inDoubt: 0, possibleMicroUsd: 0, reservedMicroUsd: 0 });
}

test("where no budget is set nothing of one is written", async () => {
  const world = aBudgetedWorld();
  const ids = await world.submit(5);
  world.faults.outage(new Error("nobody may write here"), ["budgets.move", "budgets.read"]);
  world.start();
  for (const id of ids) await world.until(id, ({ state }) => state === "SUCCEEDED");
  const [worker] = (
    await Promise.all(Array.from({ length: limits.fleetShards }, (_, i) => world.fleet.workers(i)))
  ).flat();
  expect(worker?.budgets).toBeUndefined();
});

describe("a tenant's day", () => {
  test("is never overspent and well used; who cannot be paid waits parked and goes on the next day", async () => {
    const world = aBudgetedWorld(aTimeMs + DAY_MS - 20 * 60_000);
    const ids = await world.submit(100);
    const budget = 30 * COST;
    for (let i = 0; i < 3; i++) world.startBudgeted({ tenant: budget });
    world.control();
    await world.clock.advance(10 * 60_000);
    expect(world.spent()).toBeLessThanOrEqual(budget);
    expect(world.spent()).toBeGreaterThan(budget - RESERVED);
    const open = (await world.heads(ids)).filter(({ state }) => !isEnded(state));
    expect(open).toHaveLength(100 - world.model.calls.length);
    for (const head of open) expectParked(head);
    expect(world.events.of("budget.mark").map(({ mark }) => mark)).toEqual([50, 80]);
    expect(world.events.of("budget.exhausted").length).toBeGreaterThan(0);

    await world.clock.advance(15 * 60_000);
    expect(world.spent()).toBeLessThanOrEqual(2 * budget);
    expect(world.spent()).toBeGreaterThan(2 * budget - 2 * RESERVED);
    const account = await world.budgets.read(budgetId.parse("tenant:acme:2026-10-02"));
    expect(account.spentMicroUsd).toBeGreaterThan(budget - RESERVED);
  });

  test("is no other tenant's: its runs end while those of the spent one wait", async () => {
    const world = aBudgetedWorld();
    const [poor, rich] = [await world.submit(10), await world.submit(3, { tenant: other })];
    await world.budgets.changeSettings({ version: 1, tenants: { acme: RESERVED } });
    world.start();
    for (const id of rich) await world.until(id, ({ state }) => state === "SUCCEEDED");
    await world.clock.advance(60_000);
    expect(await world.ended(poor)).toBe(1);
  });

  test("holds back a run whose one call is above it, and ends it only by its deadline", async () => {
    const world = aBudgetedWorld();
    const [id] = await world.submit(1, { deadlineAtMs: world.clock.nowMs() + 60 * 60_000 });
    if (id === undefined) throw new Error("no run");
    world.startBudgeted({ tenant: RESERVED - 1 });
    world.control();
    await world.clock.advance(30 * 60_000);
    expectParked(await world.head(id));
    await world.until(id, ({ state }) => state === "TIMED_OUT", 60 * 60_000);
    expect(world.model.calls).toHaveLength(0);
  });

  test("wakes those that wait for it half a minute after it was raised", async () => {
    const world = aBudgetedWorld();
    const ids = await world.submit(250);
    await world.budgets.changeSettings({ version: 1, tenants: { acme: COST } });
    world.start();
    world.control();
    await world.clock.advance(2 * 60_000);
    expect(await world.ended(ids)).toBeLessThan(2);
    const [parked] = (await world.heads(ids)).filter(({ state }) => !isEnded(state));
    expect(parked?.parkedFor).toBe("budget");
    const changedAtMs = world.clock.nowMs();
    await world.budgets.changeSettings({ version: 2, changedAtMs, tenants: { acme: "unlimited" } });
    await world.clock.advance(30_000);
    for (const { state, parkedFor } of await world.heads(ids))
      expect(isEnded(state) || parkedFor === undefined).toBe(true);
    for (const id of ids) await world.until(id, ({ state }) => state === "SUCCEEDED", 5 * 60_000);
  });

  test("may be raised while runs wait for it", async () => {
    const world = aBudgetedWorld();
    const ids = await world.submit(10);
    world.startBudgeted({ tenant: 2 * RESERVED });
    world.control();
    await world.clock.advance(60_000);
    expect(await world.ended(ids)).toBe(2);
    await world.budgets.changeSettings({ version: 1, tenant: "unlimited", tenants: {} });
    await world.clock.advance(limits.budgetParkMaxMs + 60_000);
    expect(await world.ended(ids)).toBe(10);
  });
});

test("the fleet's hour holds for all tenants together, and the next hour goes on", async () => {
  const world = aBudgetedWorld();
  const ids = [...(await world.submit(20)), ...(await world.submit(20, { tenant: other }))];
  const budget = 10 * COST;
  for (let i = 0; i < 2; i++) world.startBudgeted({ fleet: budget, tenant: 1_000_000 });
  world.control();
  await world.clock.advance(50 * 60_000);
  expect(world.spent()).toBeLessThanOrEqual(budget);
  expect(world.spent()).toBeGreaterThan(budget - RESERVED);
  expect((await world.budgets.read(hour)).leasedMicroUsd).toBeLessThanOrEqual(budget);
  await world.clock.advance(15 * 60_000);
  expect(await world.ended(ids)).toBeGreaterThan(world.spent() / COST / 2);
  expect(world.spent()).toBeGreaterThan(2 * budget - 2 * RESERVED);
});

describe("without the store", () => {
  test.each(["budgets.settings", "budgets.read", "budgets.move"] as const)("%s: no call starts", async (operation) => {
    const world = aBudgetedWorld();
    world.faults.outage(new Error("no store"), [operation]);
    const [id] = await world.submit(1);
    if (id === undefined) throw new Error("no run");
    world.startBudgeted({ tenant: 10 * RESERVED });
    await world.clock.advance(30_000);
    expect(world.model.calls).toHaveLength(0);
    world.faults.heal();
    await world.until(id, ({ state }) => state === "SUCCEEDED", 15_000);
  });

  test("no beat is acknowledged: nothing is drawn above the last ceiling", async () => {
    const world = aBudgetedWorld();
    world.startBudgeted({ tenant: 10_000 * RESERVED }, 60);
    const [id] = await world.submit(1);
    if (id === undefined) throw new Error("no run");
    await world.until(id, ({ state }) => state === "SUCCEEDED");
    world.faults.outage(new Error("no store"), ["fleet.beat"]);
    await world.submit(50);
    await world.clock.advance(limits.actWithinMs - 1_000);
    expect(world.spent()).toBeLessThanOrEqual(CEILING);
    expect(world.spent()).toBeGreaterThan(CEILING / 2);
  });
});

describe("what a worker held", () => {
  const account = (world: ReturnType<typeof aBudgetedWorld>, id: BudgetId = day) => world.budgets.read(id);

  test("comes back whole when it leaves", async () => {
    const world = aBudgetedWorld();
    const ids = await world.submit(3);
    const worker = world.startBudgeted({ tenant: 10_000 * RESERVED });
    for (const id of ids) await world.until(id, ({ state }) => state === "SUCCEEDED");
    expect((await account(world)).leasedMicroUsd).toBeGreaterThan(3 * COST);
    void worker.drain({ source: "test", atMs: world.clock.nowMs() });
    await world.clock.advance(1_000);
    expect(worker.mode).toBe("STOPPED");
    expect(await account(world)).toMatchObject({ leasedMicroUsd: 3 * COST, spentMicroUsd: 3 * COST });
  });

  test("stays to be given back by others when the store does not answer at its end", async () => {
    const world = aBudgetedWorld();
    const ids = await world.submit(1);
    const worker = world.startBudgeted({ tenant: 10_000 * RESERVED });
    for (const id of ids) await world.until(id, ({ state }) => state === "SUCCEEDED");
    world.faults.outage(new Error("no store"), ["budgets.move"]);
    void worker.drain({ source: "test", atMs: world.clock.nowMs() });
    await world.clock.advance(60_000);
    expect(worker.mode).toBe("STOPPED");
    world.faults.heal();
    world.control();
    await world.clock.advance(60_000);
    expect(world.events.of("budget.given-back")).toHaveLength(1);
    const { leasedMicroUsd, spentMicroUsd } = await account(world);
    expect(leasedMicroUsd).toBe(spentMicroUsd);
    expect(leasedMicroUsd).toBeLessThanOrEqual(CEILING);
  });

  test("comes back above its ceiling when it dies, once, whoever buries it", async () => {
    const world = aBudgetedWorld();
    world.model.otherwise(() => costly(90_000));
    await world.submit(4);
    world.startBudgeted({ tenant: 10_000 * RESERVED });
    await world.clock.advance(6_000);
    expect(world.model.calls).toHaveLength(4);
    const before = await account(world);
    world.faults.outage(new Error("cut off"), ["fleet.beat"]);
    world.control();
    world.control();
    await world.clock.advance(2 * 60_000);
    expect(world.events.of("worker.buried")).toHaveLength(1);
    expect(world.events.of("budget.given-back")).toHaveLength(1);
    const after = await account(world);
    expect(after.leasedMicroUsd).toBeLessThan(before.leasedMicroUsd);
    expect(after.leasedMicroUsd).toBe((4 + limits.budgetAheadCalls) * RESERVED);
    expect(after.spentMicroUsd).toBe(after.leasedMicroUsd);
  });

  test("is given back when nobody draws any more", async () => {
    const world = aBudgetedWorld();
    const ids = await world.submit(2);
    world.startBudgeted({ tenant: 10_000 * RESERVED, fleet: 10_000 * RESERVED });
    for (const id of ids) await world.until(id, ({ state }) => state === "SUCCEEDED");
    await world.clock.advance(limits.budgetIdleMs + 2 * limits.budgetUpkeepMs);
    for (const id of [day, hour])
      expect(await account(world, id)).toMatchObject({ leasedMicroUsd: 2 * COST, spentMicroUsd: 2 * COST });
  });
});

test("a call in doubt counts with all that it may have cost", async () => {
  const world = aBudgetedWorld();
  const [id] = await world.submit(1);
  if (id === undefined) throw new Error("no run");
  world.model.script(id, [{ kind: "fail", code: "connection", billed: "maybe" }, costly()]);
  const worker = world.startBudgeted({ tenant: 10_000 * RESERVED });
  await world.until(id, ({ state }) => state === "SUCCEEDED");
  void worker.drain({ source: "test", atMs: world.clock.nowMs() });
  await world.clock.advance(1_000);
  expect((await world.budgets.read(day)).spentMicroUsd).toBe(RESERVED + COST);
});

test("lost answers of the store cost neither budget nor promise", async () => {
  const world = aBudgetedWorld();
  world.faults.failNext("budgets.move", "lost-answer", 5);
  const ids = await world.submit(10);
  const worker = world.startBudgeted({ tenant: 10_000 * RESERVED });
  for (const id of ids) await world.until(id, ({ state }) => state === "SUCCEEDED");
  void worker.drain({ source: "test", atMs: world.clock.nowMs() });
  await world.clock.advance(60_000);
  expect(await world.budgets.read(day)).toMatchObject({ leasedMicroUsd: 10 * COST, spentMicroUsd: 10 * COST });
});

test("a run tells once when half and four fifths of its own budget are spent", async () => {
  const world = aBudgetedWorld();
  const [id] = await world.submit(1, { budgetMicroUsd: 2 * COST + 100 });
  if (id === undefined) throw new Error("no run");
  const more = ask([{ id: "toolu_1", name: "pure", input: { words: "on" } }]);
  world.model.script(id, [{ ...more, usage: { outputTokens: 1_200 } } as ModelStep, costly()]);
  world.start();
  await world.until(id, ({ state }) => isEnded(state));
  expect(world.events.of("run.budget-mark")).toMatchObject([{ runId: id, mark: 50, spentMicroUsd: 610 }]);
});
