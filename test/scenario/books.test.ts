/** The books, from a committed turn to the sheet of its day: nothing is lost and nothing counted twice, whoever dies. */
import { afterEach, expect, test } from "vitest";
import { say } from "../../services/adapters/memory/scripted-model.ts";
import { limits } from "../../services/contract/limits.ts";
import { owedHolder } from "../../services/contract/tables.ts";
import { Controller } from "../../services/controller/controller.ts";
import { bookLate } from "../../services/controller/ledger/book-late.ts";
import { ledgerPass } from "../../services/controller/ledger/ledger-pass.ts";
import { dayOf, hourOf, hoursOf } from "../../services/core/books.ts";
import { mergeCells, totalOf } from "../../services/core/cost-cells.ts";
import { endFromOutside, isEnded } from "../../services/core/lifecycle.ts";
import { aCell } from "../support/costs.ts";
import { aWorld } from "./worker-fixture.ts";

type World = ReturnType<typeof aWorld>;
const HOUR_MS = 3_600_000;

const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

function control(world: World): void {
  const stop = new AbortController();
  stops.push(stop);
  void new Controller(world).run(stop.signal);
}

/** Everything that the open books hold. */
async function booked({ ledger, clock }: World) {
  const hour = hourOf(clock.nowMs());
  const pages = await Promise.all([hour - 1, hour].map((one) => ledger.hour(one)));
  return totalOf(mergeCells(pages.flatMap(({ books, late }) => [...books.map(({ cells }) => cells), late])));
}

/** A run of two turns with calls of a known price. */
async function submit(world: World): Promise<Awaited<ReturnType<World["submit"]>>> {
  const id = await world.submit();
  world.model.script(id, [{ kind: "answer", content: [], stopReason: "pause_turn" }, say("done")]);
  return id;
}

const ended = async (world: World, id: Awaited<ReturnType<World["submit"]>>) => {
  await world.until(id, (head) => isEnded(head.state));
  return world.head(id);
};

test("a committed turn is in the books within seconds; a lost answer of a page changes nothing", async () => {
  const world = aWorld();
  world.start();
  let calls = 0;
  let spentMicroUsd = 0;
  // Several pages of one hour: each replaces the one before, whether its answer arrived or not.
  for (const lost of [0, 1, 2]) {
    world.faults.failNext("ledger.write", "lost-answer", lost);
    const head = await ended(world, await submit(world));
    calls += head.turn - 1;
    spentMicroUsd += head.spentMicroUsd;
    await world.clock.advance((1 + lost) * limits.bookEveryMs);
    expect(await booked(world)).toMatchObject({ calls, spentMicroUsd });
  }
});

test.each([
  ["", 0],
  [" although its clock was ahead", 7 * 60_000],
  [" although its clock was behind", -7 * 60_000],
])(
  "what a dead worker committed after its last page is found%s, once, by whichever of two controllers",
  async (_, aheadMs) => {
    const world = aWorld();
    const { clock } = world;
    world.rewired.ports = (deps) => ({ ...deps, clock: { ...clock, nowMs: () => clock.nowMs() + aheadMs } });
    const worker = world.start();
    await world.clock.advance(limits.bookEveryMs);
    // From now on its pages are not stored.
    world.faults.outage(new Error("no books"), ["ledger.write"]);
    const head = await ended(world, await submit(world));
    expect((await booked(world)).spentMicroUsd).toBe(0);
    const { holder } = head;
    const [, id = ""] = holder?.split("#") ?? [];
    const [owner] = (await Promise.all(Array.from({ length: limits.fleetShards }, (_, i) => world.fleet.workers(i))))
      .flat()
      .filter((one) => one.workerId === id);
    if (owner === undefined) throw new Error("the run says who booked it");
    await world.fleet.bury(owner.workerId, "end-seen", world.clock.nowMs());
    await world.clock.advance(2 * limits.heartbeatMs);
    await worker.stopped;
    world.faults.heal();
    control(world);
    control(world);
    await world.clock.advance(limits.bookSettleMs + 3 * limits.ledgerEveryMs);
    expect(await booked(world)).toMatchObject({ calls: 2, spentMicroUsd: head.spentMicroUsd });
    const { books } = await world.ledger.hour(hourOf(head.endedAtMs ?? 0));
    expect(books.map(({ state }) => state)).toEqual(["COMPLETE"]);
  },
);

test("a run that is cancelled by force is listed, and its doubts are booked", async () => {
  const world = aWorld();
  control(world);
  world.start();
  const id = await world.submit();
  world.model.script(id, [{ kind: "stall" }]);
  await world.until(id, (head) => head.state === "RUNNING");
  await world.clock.advance(1_000);
  const head = await world.head(id);
  await world.runs.write(id, endFromOutside(head, { reason: "cancelled-by-user", nowMs: world.clock.nowMs() }));
  expect((await world.head(id)).holder).toBe(owedHolder(id));
  await world.clock.advance(3 * limits.ledgerEveryMs);
  const after = await world.head(id);
  expect([after.holder, after.bookedPossibleMicroUsd]).toEqual([undefined, after.possibleMicroUsd]);
  expect(after.possibleMicroUsd).toBeGreaterThan(0);
  expect(await booked(world)).toMatchObject({ calls: 0, spentMicroUsd: 0, possibleMicroUsd: after.possibleMicroUsd });
});

test("hours are closed, then their day; sheets hold what the books held, and what is booked late afterwards", async () => {
  const world = aWorld();
  const worker = world.start();
  const head = await ended(world, await submit(world));
  const drained = worker.drain({ source: "test", atMs: world.clock.nowMs() });
  await world.clock.advance(limits.bookEveryMs);
  await drained;
  const hour = hourOf(head.endedAtMs ?? 0);
  const day = dayOf(hour);
  const pass = () => ledgerPass(world, { audited: new Map() });
  const spentOf = async () => {
    const sheets = await world.ledger.sheets(day);
    return [sheets.day ?? [], sheets.hours.get(hour) ?? []].map((cells) => totalOf(mergeCells([cells])).spentMicroUsd);
  };
  await pass();
  await world.clock.advance(HOUR_MS);
  await pass();
  expect(await spentOf()).toEqual([0, 0]);
  await world.clock.advance(limits.closeHourAfterMs);
  await pass();
  expect(await spentOf()).toEqual([0, head.spentMicroUsd]);
  expect((await world.ledger.state())?.value.closedThrough).toBe(hour);
  await world.clock.advance(hoursOf(day).length * HOUR_MS);
  await pass();
  expect(await spentOf()).toEqual([head.spentMicroUsd, head.spentMicroUsd]);
  const cell = aCell({ spentMicroUsd: 11 });
  for (const _ of ["first", "again"]) await bookLate(world.ledger, [{ key: "run/1", hour, cell }]);
  expect(await spentOf()).toEqual([head.spentMicroUsd + 11, head.spentMicroUsd + 11]);
});

test("an hour that costs more than it usually does is told once", async () => {
  const world = aWorld();
  const hour = hourOf(world.clock.nowMs());
  const learned = { [String(hour % 168)]: { hours: 4, meanMicroUsd: 0 } };
  await world.ledger.changeState(0, { closedThrough: hour - 1, learned });
  control(world);
  world.start();
  const id = await world.submit({ budgetMicroUsd: 100_000_000 });
  const usage = { inputTokens: 900_000, outputTokens: 60_000 };
  world.model.script(id, [
    { kind: "answer", content: [], stopReason: "pause_turn", usage },
    { kind: "answer", content: [], stopReason: "pause_turn", usage },
    { kind: "answer", content: [{ type: "text", text: "done" }], stopReason: "end_turn", usage },
  ]);
  const head = await ended(world, id);
  expect(head.spentMicroUsd).toBeGreaterThan(limits.spikeLeastMicroUsd);
  await world.clock.advance(4 * limits.ledgerEveryMs);
  expect(world.events.of("cost.spike")).toEqual([
    { hour: new Date(hour * HOUR_MS).toISOString(), spentMicroUsd: head.spentMicroUsd, usualMicroUsd: 0 },
  ]);
});
