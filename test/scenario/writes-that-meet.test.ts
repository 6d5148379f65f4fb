/** Writes of several that meet on one run: a cancel and a release, a claim and a burial, a look at a batch that nobody heard of. */
import { describe, expect, test } from "vitest";
import { say } from "../../services/adapters/memory/scripted-model.ts";
import { workerId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { Controller } from "../../services/controller/controller.ts";
import { isEnded, markCancel } from "../../services/core/lifecycle.ts";
import { aWorld } from "./worker-fixture.ts";

const HOUR_MS = 3_600_000;

function aBatchingWorld(takesMs: number) {
  const world = aWorld();
  void new Controller(world).run(new AbortController().signal);
  world.batchModel.takes(takesMs);
  const patient = { relaxed: true, deadlineAtMs: world.clock.nowMs() + limits.deadlineMaxMs, timeoutMs: HOUR_MS };
  return { world, patient };
}

describe("a cancel that comes while its run is being parked", () => {
  test.each([
    ["the worker ends it", false],
    ["the watch ends it where the worker could not", true],
  ])("keeps its promise: %s", async (_, workerFails) => {
    const { world, patient } = aBatchingWorld(HOUR_MS);
    const id = await world.submit(patient);
    world.start();
    await world.until(id, ({ state }) => state === "RUNNING");
    let cancelledAtMs: number | undefined;
    world.during.write = async () => {
      if (cancelledAtMs !== undefined) return;
      const nowMs = world.clock.nowMs();
      cancelledAtMs = nowMs;
      const head = await world.head(id);
      await world.runs.write(id, markCancel(head, nowMs));
      const untilMs = nowMs + limits.cancelGraceMs;
      await world.fleet.notify(workerId.parse(head.holder), { kind: "cancel", runId: id, untilMs });
      // The write under way parks the run; the one after it would end it.
      if (workerFails) world.during.write = () => Promise.reject(new Error("cut off"));
    };
    await world.clock.advanceUntil(() => cancelledAtMs !== undefined, 60_000);
    await world.clock.advance(limits.cancelWithinMs);
    expect(await world.head(id)).toMatchObject({ state: "CANCELLED", reason: "cancelled-by-user" });
  });
});

test.each([undefined, 1_500])(
  "a look at a batch that nobody heard of doubts nothing: the turn is paid once (budget %s)",
  async (budgetMicroUsd) => {
    const { world, patient } = aBatchingWorld(3 * 60_000);
    const id = await world.submit({ ...patient, ...(budgetMicroUsd === undefined ? {} : { budgetMicroUsd }) });
    world.start();
    await world.until(id, ({ state, flight }) => state === "QUEUED" && flight !== undefined);
    let armed = false;
    world.during.write = async () => {
      const { state, flight } = await world.head(id);
      if (armed || state !== "QUEUED" || flight === undefined) return;
      armed = true;
      world.faults.failNext("runs.write", "lost-answer", 1);
      world.faults.failNext("runs.write", new Error("cut off"), 7);
    };
    await world.until(id, ({ state }) => isEnded(state), 2 * HOUR_MS);
    expect(armed).toBe(true);
    expect(world.batchModel.made).toHaveLength(1);
    expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", inDoubt: 0, possibleMicroUsd: 0 });
  },
);

test("a claim that is answered after its worker was declared dead starts no call", async () => {
  const world = aWorld();
  world.model.otherwise(() => say("answer"));
  const id = await world.submit();
  const { promise, resolve } = Promise.withResolvers<void>();
  let claiming = false;
  world.during.write = async () => {
    if (claiming) return;
    claiming = true;
    await promise;
  };
  const worker = world.start();
  await world.clock.advanceUntil(() => claiming, 10_000);
  const shards = await Promise.all(Array.from({ length: limits.fleetShards }, (_, i) => world.fleet.workers(i)));
  const [item] = shards.flat();
  if (item === undefined) throw new Error("the worker has no item");
  await world.fleet.bury(item.workerId, "end-seen", world.clock.nowMs());
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 10_000);
  resolve();
  await world.clock.advance(30_000);
  expect(world.model.calls).toHaveLength(0);
  expect(await world.head(id)).toMatchObject({ state: "RUNNING", turn: 1 });
});
