/** A worker that the index says holds more runs than one page of it names, none of which it executes. */
import { expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import { aHead } from "../support/builders.ts";
import { aRunId, aWakeId } from "../support/ids.ts";
import { aWorld } from "./worker-fixture.ts";

const ORPHANS = limits.sweepPage + limits.readBatchMax / 2;

/** A worker without a free slot that holds so many runs that it knows nothing of. */
async function aWorkerWithOrphans() {
  const world = aWorld();
  const mine = await world.submit({ timeoutMs: 600_000 });
  world.model.otherwise(() => ({ kind: "stall" }));
  const worker = world.start(1);
  await world.until(mine, (head) => head.state === "RUNNING");
  const { holder } = await world.head(mine);
  const nowMs = world.clock.nowMs();
  const ids = Array.from({ length: ORPHANS }, aRunId);
  for (const runId of ids) {
    const times = { claimedAtMs: nowMs, dueAtMs: nowMs, timeoutMs: 3_000_000, deadlineAtMs: nowMs + 3_000_000 };
    await world.runs.create(aHead({ runId, state: "RUNNING", holder, wakeId: aWakeId(), ...times }), nowMs);
  }
  const held = async (some = ids) => {
    const heads = await Promise.all(some.map((id) => world.head(id)));
    return heads.filter((head) => head.holder === holder).length;
  };
  return { world, worker, held, ids };
}

test("the orphan check finds all of them, not only those of the first page", async () => {
  const { world, held } = await aWorkerWithOrphans();
  expect(await held()).toBe(ORPHANS);
  await world.clock.advance(2 * limits.orphanCheckMs + 1_000);
  expect(await held()).toBe(0);
});

test("a worker that leaves gives all of them back before its item goes", async () => {
  const { world, worker, held } = await aWorkerWithOrphans();
  const atMs = world.clock.nowMs();
  worker.heed({ source: "SIGTERM", atMs, deadlineAtMs: atMs + 20_000 });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 20_000);
  expect(await held()).toBe(0);
});

test("a worker that leaves and cannot ask what it holds keeps its item: others bury it and look", async () => {
  const { world, worker } = await aWorkerWithOrphans();
  world.faults.failNext("index.allOfHolder", new Error("no answer"));
  const atMs = world.clock.nowMs();
  worker.heed({ source: "SIGTERM", atMs, deadlineAtMs: atMs + 20_000 });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 20_000);
  const shards = Array.from({ length: limits.fleetShards }, (_, shard) => world.fleet.workers(shard));
  expect((await Promise.all(shards)).flat()).toHaveLength(1);
});

test("one that cannot be read keeps no other from being released, and the item of a worker that leaves stays for it", async () => {
  const { world, worker, held, ids } = await aWorkerWithOrphans();
  for (const id of ids.slice(0, 1)) world.faults.spoilt.add(id);
  const others = ids.slice(1);
  await world.clock.advance(2 * limits.orphanCheckMs + 1_000);
  expect(await held(others)).toBe(0);
  const atMs = world.clock.nowMs();
  worker.heed({ source: "SIGTERM", atMs, deadlineAtMs: atMs + 20_000 });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 20_000);
  const shards = Array.from({ length: limits.fleetShards }, (_, shard) => world.fleet.workers(shard));
  expect((await Promise.all(shards)).flat()).toHaveLength(1);
});
