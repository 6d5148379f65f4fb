/** Worlds whose runs may wait: a worker's world with a controller that wakes parked runs, and batches of five minutes. */
import type { RunId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { Controller } from "../../services/controller/controller.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { aWorld } from "./worker-fixture.ts";

export type World = ReturnType<typeof aWorld>;
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const deadlineAtMs = (world: World) => world.clock.nowMs() + limits.deadlineMaxMs;

/** Its controller runs until the test ends. */
export const withController = () => {
  const world = aWorld();
  world.batchModel.takes(5 * MINUTE);
  const stop = new AbortController();
  void new Controller(world).run(stop.signal);
  return world;
};
export const relaxed = (world: World, count: number): Promise<RunId[]> =>
  Promise.all(Array.from({ length: count }, () => world.submit({ relaxed: true, deadlineAtMs: deadlineAtMs(world) })));
export const heads = (world: World, ids: readonly RunId[]) => world.runs.read(ids, world.clock.nowMs());
export const allEnd = (world: World, ids: readonly RunId[], withinMs = 3 * HOUR) =>
  world.clock.advanceUntil(async () => (await heads(world, ids)).every(({ state }) => isEnded(state)), withinMs);
