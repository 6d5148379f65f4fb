/** A worker whose machine runs out of memory takes no more runs until there is some again. */
import { expect, test } from "vitest";
import { say } from "../../services/adapters/memory/scripted-model.ts";
import { limits } from "../../services/contract/limits.ts";
import { aWorld } from "./worker-fixture.ts";

test("no slot opens at 70 %, what runs goes on, and slots open again below", async () => {
  const world = aWorld();
  let usedShare = 0.3;
  world.rewired.ports = (deps) => ({ ...deps, memory: { usedShare: () => usedShare } });
  const first = await world.submit();
  world.model.script(first, [say("slow", 50_000)]);
  const worker = world.start(4);
  await world.until(first, ({ state }) => state === "RUNNING");
  expect(worker.idleMs).toBe(0);

  usedShare = limits.memoryShare;
  await world.clock.advance(limits.memoryLookMs + limits.heartbeatMs);
  const second = await world.submit();
  world.model.script(second, [say("quick")]);
  await world.clock.advance(30_000);
  expect((await world.head(second)).state).toBe("QUEUED");
  const { holder } = await world.head(first);
  const items = await Promise.all(Array.from({ length: limits.fleetShards }, (_, shard) => world.fleet.workers(shard)));
  expect(items.flat().find(({ workerId }) => workerId === holder)).toMatchObject({ slots: 1, active: 1 });

  usedShare = limits.memoryOpenShare - 0.01;
  await world.until(second, ({ state }) => state === "SUCCEEDED", 20_000);
  expect((await world.head(first)).state).toBe("RUNNING");
  await world.until(first, ({ state }) => state === "SUCCEEDED");
  await world.clock.advance(1_000);
  expect(worker.idleMs).toBeGreaterThan(0);
  expect(world.events.of("worker.memory").map(({ gate }) => gate)).toEqual(["closed", "open"]);
});

test("a worker without a run takes one however little is left: else nothing would ever run", async () => {
  const world = aWorld();
  world.rewired.ports = (deps) => ({ ...deps, memory: { usedShare: () => 0.95 } });
  const ids = [await world.submit(), await world.submit()];
  for (const id of ids) world.model.script(id, [say("done", 5_000)]);
  world.start(4);
  await world.clock.advance(4_000);
  const states = await Promise.all(ids.map(async (id) => (await world.head(id)).state));
  expect(states.toSorted()).toEqual(["QUEUED", "RUNNING"]);
  for (const id of ids) await world.until(id, ({ state }) => state === "SUCCEEDED");
});
