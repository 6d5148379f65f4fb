/** Runs that another version wrote keep nobody else's cost from the books, and lose none of their own. */
import { expect, test } from "vitest";
import { say } from "../../services/adapters/memory/scripted-model.ts";
import type { RunId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { owedHolder } from "../../services/contract/tables.ts";
import { bookLate } from "../../services/controller/ledger/book-late.ts";
import { ledgerPass } from "../../services/controller/ledger/ledger-pass.ts";
import { hourOf } from "../../services/core/books.ts";
import { mergeCells, totalOf } from "../../services/core/cost-cells.ts";
import { endFromOutside, isEnded } from "../../services/core/lifecycle.ts";
import { aCell } from "../support/costs.ts";
import { aWorld } from "./worker-fixture.ts";

type World = ReturnType<typeof aWorld>;
const HOUR_MS = 3_600_000;

async function booked({ ledger }: World, hour: number) {
  const { books, late } = await ledger.hour(hour);
  return totalOf(mergeCells([...books.map(({ cells }) => cells), late]));
}

const spoil = (world: World, ids: readonly RunId[]): void => {
  for (const id of ids) world.faults.spoilt.add(id);
};

/** A pass of a controller that comes later, and so remembers nothing. */
const pass = (world: World) => ledgerPass(world, { audited: new Map() });
const closedThrough = async (world: World) => (await world.ledger.state())?.value.closedThrough;

/** Runs that were cancelled by force, each in a call, which their books owe. */
async function owedRuns(world: World, count: number): Promise<RunId[]> {
  world.model.otherwise(() => ({ kind: "stall" }));
  const ids: RunId[] = [];
  for (let i = 0; i < count; i++) ids.push(await world.submit());
  for (const id of ids) {
    await world.until(id, (head) => head.state === "RUNNING");
    await world.clock.advance(1_000);
    const head = await world.head(id);
    await world.runs.write(id, endFromOutside(head, { reason: "cancelled-by-user", nowMs: world.clock.nowMs() }));
    expect((await world.head(id)).holder).toBe(owedHolder(id));
  }
  return ids;
}

test("an owed run that cannot be read: the others of its shard are booked, hours are closed, and it is when it can", async () => {
  const world = aWorld();
  const worker = world.start();
  const ids = await owedRuns(world, 6);
  const hour = hourOf(world.clock.nowMs());
  const atMs = world.clock.nowMs();
  worker.heed({ source: "SIGTERM", atMs, deadlineAtMs: atMs + 20_000 });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 20_000);
  const heads = await Promise.all(ids.map((id) => world.head(id)));
  const possible = heads.map(({ possibleMicroUsd }) => possibleMicroUsd);
  const all = possible.reduce((sum, one) => sum + one, 0);
  spoil(world, ids.slice(0, 1));
  await pass(world);
  expect((await booked(world, hour)).possibleMicroUsd).toBe(all - (possible[0] ?? 0));
  await world.clock.advance(HOUR_MS + limits.closeHourAfterMs);
  await pass(world);
  expect(await closedThrough(world)).toBe(hour);
  world.faults.heal();
  await pass(world);
  expect((await booked(world, hour)).possibleMicroUsd).toBe(all);
});

test("a run of a dead worker that cannot be read: the others are booked, and its book is not complete before it is too", async () => {
  const world = aWorld();
  const worker = world.start();
  await world.clock.advance(limits.bookEveryMs);
  world.faults.outage(new Error("no books"), ["ledger.write"]);
  world.model.otherwise(() => say("done"));
  const ids: RunId[] = [];
  for (let i = 0; i < 4; i++) ids.push(await world.submit());
  for (const id of ids) await world.until(id, (head) => isEnded(head.state));
  const heads = await Promise.all(ids.map((id) => world.head(id)));
  const spent = heads.map(({ spentMicroUsd }) => spentMicroUsd);
  const all = spent.reduce((sum, one) => sum + one, 0);
  const hour = hourOf(heads[0]?.endedAtMs ?? 0);
  const shards = Array.from({ length: limits.fleetShards }, (_, shard) => world.fleet.workers(shard));
  for (const { workerId } of (await Promise.all(shards)).flat())
    await world.fleet.bury(workerId, "end-seen", world.clock.nowMs());
  await world.clock.advance(2 * limits.heartbeatMs);
  await worker.stopped;
  world.faults.heal();
  spoil(world, ids.slice(0, 1));
  await pass(world);
  expect((await booked(world, hour)).spentMicroUsd).toBe(all - (spent[0] ?? 0));
  await world.clock.advance(HOUR_MS + limits.closeHourAfterMs);
  for (const _ of ["first", "again"]) await pass(world);
  expect((await world.ledger.hour(hour)).books.map(({ state }) => state)).toEqual(["SEALED"]);
  expect(await closedThrough(world)).toBeLessThan(hour);
  world.faults.heal();
  for (const _ of ["completes", "closes"]) await pass(world);
  expect((await booked(world, hour)).spentMicroUsd).toBe(all);
  expect(await closedThrough(world)).toBeGreaterThanOrEqual(hour);
});

test("where the dead cannot be told no hour is closed, and a spike of the present one is told all the same", async () => {
  const world = aWorld();
  const first = hourOf(world.clock.nowMs());
  // More open hours than one pass reads.
  const present = first + limits.ledgerHoursMax + 2;
  const learned = { [String(present % 168)]: { hours: 4, meanMicroUsd: 0 } };
  await world.ledger.changeState(0, { closedThrough: first - 1, learned });
  await world.clock.advance((present - first) * HOUR_MS);
  const spentMicroUsd = limits.spikeLeastMicroUsd + 1;
  await bookLate(world.ledger, [{ key: "run/1", hour: present, cell: aCell({ spentMicroUsd }) }]);
  world.faults.failNext("fleet.workers", new Error("no answer"));
  await expect(pass(world)).rejects.toThrow("no answer");
  expect(await closedThrough(world)).toBe(first - 1);
  expect(world.events.of("cost.spike")).toMatchObject([{ spentMicroUsd }]);
});
