/** Runs that may wait go in batches: one for many, at half the price, each turn billed once, no slot held while it waits. */
import { expect, test } from "vitest";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import type { RunId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { Controller } from "../../services/controller/controller.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { aWorld } from "./worker-fixture.ts";

type World = ReturnType<typeof aWorld>;
const HOUR = 3_600_000;
const deadlineAtMs = (world: World) => world.clock.nowMs() + limits.deadlineMaxMs;

const withController = () => {
  const world = aWorld();
  const stop = new AbortController();
  void new Controller(world).run(stop.signal);
  return world;
};
const relaxed = (world: World, count: number): Promise<RunId[]> =>
  Promise.all(
    Array.from({ length: count }, () => world.submit({ relaxed: true, deadlineAtMs: deadlineAtMs(world) })),
  );
const heads = (world: World, ids: readonly RunId[]) => world.runs.read(ids, world.clock.nowMs());
const allEnd = (world: World, ids: readonly RunId[], withinMs = 3 * HOUR) =>
  world.clock.advanceUntil(async () => (await heads(world, ids)).every(({ state }) => isEnded(state)), withinMs);

test("many runs, one batch, half the price; no slot is held while it is processed", async () => {
  const world = withController();
  const ids = await relaxed(world, 8);
  world.start(10);
  await world.clock.advanceUntil(() => world.batchModel.made.length === 1, 60_000);
  await world.clock.advance(1_000);
  for (const head of await heads(world, ids))
    expect(head).toMatchObject({ state: "QUEUED", holder: expect.stringMatching(/^PARK#/), turn: 1 });
  await allEnd(world, ids);
  expect(world.batchModel.made.map(({ status }) => status.size)).toEqual([8]);
  expect(world.model.calls).toHaveLength(0);
  for (const head of await heads(world, ids)) {
    expect(head).toMatchObject({ state: "SUCCEEDED", turn: 2, inDoubt: 0, possibleMicroUsd: 0, reservedMicroUsd: 0 });
    expect(head.flight).toBeUndefined();
    expect(head.spentMicroUsd).toBe(10);
    expect(head.savedMicroUsd).toBe(10);
    const [delta] = await world.history.deltas(head.runId, 1, 2);
    expect(delta).toMatchObject({ via: "batch", costMicroUsd: 10, savedMicroUsd: 10 });
  }
});
