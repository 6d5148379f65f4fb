/** Commits whose answer never came: what happened is in the books, and their hour is closed. */
import { afterEach, expect, test } from "vitest";
import { say } from "../../services/adapters/memory/scripted-model.ts";
import { limits } from "../../services/contract/limits.ts";
import type { HeadWrite } from "../../services/contract/run.ts";
import { Controller } from "../../services/controller/controller.ts";
import { hourOf } from "../../services/core/books.ts";
import { mergeCells, totalOf } from "../../services/core/cost-cells.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import type { WorkerDeps } from "../../services/worker/deps.ts";
import { aWorld } from "./worker-fixture.ts";

type World = ReturnType<typeof aWorld>;
const HOUR_MS = 3_600_000;
const CUT_OFF = new Error("cut off");
const stops: AbortController[] = [];
afterEach(() => {
  for (const stop of stops.splice(0)) stop.abort();
});

function control(world: World): void {
  const stop = new AbortController();
  stops.push(stop);
  void new Controller(world).run(stop.signal);
}

/** What all books of these last hours hold together. */
async function booked({ ledger, clock }: World, hours = 2) {
  const hour = hourOf(clock.nowMs());
  const pages = await Promise.all(Array.from({ length: hours }, (_, i) => ledger.hour(hour - i)));
  return totalOf(mergeCells(pages.flatMap(({ books, late }) => [...books.map(({ cells }) => cells), late])));
}

/** The run's last commit happens; it, and so many writes after it, are not answered. */
async function endedUnheard(world: World, unheard: number) {
  const id = await world.submit({ timeoutMs: HOUR_MS });
  world.model.otherwise(() => say("done", 1_000));
  const worker = world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  world.faults.failNext("runs.write", "lost-answer", 1);
  world.faults.failNext("runs.write", CUT_OFF, unheard);
  await world.until(id, (head) => isEnded(head.state));
  const head = await world.head(id);
  expect([head.state, head.spentMicroUsd > 0]).toEqual(["SUCCEEDED", true]);
  return { head, worker };
}

const commits = ({ guard, set }: HeadWrite) => guard.turn !== undefined && set.turn === guard.turn + 1;

/** From the commit on the store answers nothing about runs, until it is told to. */
function muteAfterCommit(world: World) {
  const store = { isMute: false };
  world.rewired.ports = (deps: WorkerDeps) => ({
    ...deps,
    runs: {
      ...deps.runs,
      read: (ids, nowMs) => (store.isMute ? Promise.reject(CUT_OFF) : deps.runs.read(ids, nowMs)),
      write: async (id, write) => {
        const outcome = store.isMute ? undefined : await deps.runs.write(id, write);
        store.isMute ||= commits(write);
        if (store.isMute || outcome === undefined) throw CUT_OFF;
        return outcome;
      },
    },
  });
  return store;
}

test.each([
  ["its tries", 7],
  ["its tries, and the release that follows,", 15],
])("a last turn is booked once although %s have no answer, and its hour is closed", async (_, unheard) => {
  const world = aWorld();
  control(world);
  const { head } = await endedUnheard(world, unheard);
  await world.clock.advance(2 * limits.bookSettleMs);
  expect(await booked(world)).toMatchObject({ calls: 1, spentMicroUsd: head.spentMicroUsd });
  const hour = hourOf(head.endedAtMs ?? 0);
  await world.clock.advance(HOUR_MS + limits.closeHourAfterMs + limits.bookSettleMs);
  expect((await world.ledger.state())?.value.closedThrough).toBeGreaterThanOrEqual(hour);
  expect(await booked(world, 3)).toMatchObject({ calls: 1, spentMicroUsd: head.spentMicroUsd });
});

test("a last turn is booked when the store that does not answer writes does not answer reads either, for a while", async () => {
  const world = aWorld();
  control(world);
  const store = muteAfterCommit(world);
  const { head } = await endedUnheard(world, 0);
  await world.clock.advance(5 * limits.bookSettleMs);
  expect((await booked(world)).calls).toBe(0);
  store.isMute = false;
  await world.clock.advance(limits.bookSettleMs);
  expect(await booked(world)).toMatchObject({ calls: 1, spentMicroUsd: head.spentMicroUsd });
});

test("a worker that leaves before it could look at its last commit leaves that to others", async () => {
  const world = aWorld();
  control(world);
  muteAfterCommit(world);
  const { head, worker } = await endedUnheard(world, 0);
  await world.clock.advance(limits.bookSettleMs / 2);
  const left = worker.drain({ source: "test", atMs: world.clock.nowMs() });
  await world.clock.advance(limits.bookSettleMs);
  await left;
  await world.clock.advance(2 * limits.bookSettleMs);
  expect(await booked(world)).toMatchObject({ calls: 1, spentMicroUsd: head.spentMicroUsd });
});
