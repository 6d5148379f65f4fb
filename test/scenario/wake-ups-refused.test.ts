/** Wake-ups of runs that a worker gives back and that the queue does not take. */
import { expect, test } from "vitest";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import { workerId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { aRunUnderWay, aWorld } from "./worker-fixture.ts";

const use = (ms: number) => ask([{ id: "a", name: "pure", input: { words: "a" } }], ms);

/** A worker that is told to stop while it has a run, and whose queue refuses the next `count` messages. */
async function leaving(count: number) {
  const { world, id, worker } = await aRunUnderWay(use(5_000), say("end"));
  world.queue.refuseNext(count);
  worker.drain({ source: "SIGTERM", atMs: world.clock.nowMs() });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 60_000);
  return { world, id };
}

test("a released run's wake-up that the queue refuses is sent again: the run goes on at once", async () => {
  const { world, id } = await leaving(1);
  world.start();
  await world.until(id, (head) => isEnded(head.state), limits.resendAfterMs / 2);
  expect(world.events.of("store.failed")).toEqual([]);
});

test("one that is refused twice is told, and left to the sweep", async () => {
  const { world, id } = await leaving(2);
  expect(world.events.of("store.failed")).toMatchObject([{ operation: "send wake-up" }]);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", inDoubt: 0 });
});

test("an orphan's wake-up that the queue refuses is sent again", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.faults.failNext("runs.write", "lost-answer");
  world.faults.failNext("runs.write", new Error("no answer"), 7);
  world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  world.queue.refuseNext(1);
  const sinceMs = world.clock.nowMs();
  await world.until(id, (head) => isEnded(head.state), 4 * limits.orphanCheckMs);
  expect(world.clock.nowMs() - sinceMs).toBeLessThan(3 * limits.orphanCheckMs);
  expect(world.events.of("run.requeued")).toMatchObject([{ reason: "orphaned" }]);
});

test("a run whose holder is dead is queued by the receiver of its message, whose wake-up is sent again where it is refused", async () => {
  const { world, id, worker } = await aRunUnderWay({ kind: "stall" }, say("end"));
  const { holder } = await world.head(id);
  await world.fleet.bury(workerId.parse(holder), "end-seen", world.clock.nowMs());
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 2 * limits.heartbeatMs);
  world.queue.refuseNext(1);
  world.start();
  await world.until(id, (head) => isEnded(head.state), 2 * limits.resendAfterMs);
  expect(world.events.of("run.requeued")).toMatchObject([{ reason: "orphaned" }]);
});
