/** Reading of batches: bounded in time and size, and nobody keeps a slot for it longer than the run may. */
import { expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { Controller } from "../../services/controller/controller.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import type { Batched, BatchItem, BatchModel } from "../../services/ports/batch-model.ts";
import { aWorld } from "./worker-fixture.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const options = { signal: new AbortController().signal, timeoutMs: 1_000 };

/** A world in which a batch takes five minutes, and a run in one. */
async function withRelaxed(overrides: Partial<RunHead> = {}) {
  const world = aWorld();
  world.batchModel.takes(5 * MINUTE);
  void new Controller(world).run(new AbortController().signal);
  const deadlineAtMs = world.clock.nowMs() + limits.deadlineMaxMs;
  const id = await world.submit({ relaxed: true, deadlineAtMs, ...overrides });
  return { world, id };
}

/** Results whose body begins and does not go on, so many times. */
function stalls({ world }: Awaited<ReturnType<typeof withRelaxed>>, times: number) {
  const stalled: AbortSignal[] = [];
  world.rewired.ports = (deps) => {
    const model: BatchModel = world.batchModel;
    const results: BatchModel["results"] = (batch, asked) => {
      if (stalled.length >= times) return model.results(batch, asked);
      stalled.push(asked.signal);
      return new Promise<Batched<readonly BatchItem[]>>((resolve) => {
        const answer = { kind: "failed", code: "aborted", message: "cut", billed: "maybe" } as const;
        asked.signal.addEventListener("abort", () => resolve(answer));
      });
    };
    return { ...deps, batchModel: { ...model, results } };
  };
  return stalled;
}

test("a flight in doubt is settled however many batches were made since", async () => {
  const { world, id } = await withRelaxed();
  world.batchModel.failNext("create", "lost-answer");
  world.start();
  await world.clock.advanceUntil(() => world.batchModel.made.length === 1, MINUTE);
  const [mine] = world.batchModel.made;
  if (mine === undefined) throw new Error("no batch");
  await world.clock.advance(2 * MINUTE);
  for (let i = 0; i <= limits.batchListMax; i++) await world.batchModel.create(mine.requests, options);
  await world.until(id, ({ state }) => isEnded(state), 2 * HOUR);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", inDoubt: 0, spentMicroUsd: 10 });
});

test("results whose body does not end are given up, and read again", async () => {
  const made = await withRelaxed({ timeoutMs: 2 * limits.batchWholeMs });
  const { world, id } = made;
  const stalled = stalls(made, 1);
  world.start();
  await world.until(id, ({ state }) => isEnded(state), 2 * HOUR);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", inDoubt: 0, spentMicroUsd: 10 });
  expect(stalled.map(({ aborted }) => aborted)).toEqual([true]);
});

test("a run stops at its timeout while others go on reading for it", async () => {
  const made = await withRelaxed({ timeoutMs: limits.batchWholeMs / 2 });
  const { world, id } = made;
  const stalled = stalls(made, Number.POSITIVE_INFINITY);
  world.start();
  await world.clock.advanceUntil(() => stalled.length === 1, HOUR);
  await world.until(id, ({ state }) => isEnded(state), limits.batchWholeMs / 2);
  expect(await world.head(id)).toMatchObject({ state: "TIMED_OUT", reason: "active-timeout" });
});

test("a worker that drains does not wait for results", async () => {
  const made = await withRelaxed();
  const { world, id } = made;
  const stalled = stalls(made, 1);
  const worker = world.start();
  await world.clock.advanceUntil(() => stalled.length === 1, HOUR);
  const drained = worker.drain({ source: "test", atMs: world.clock.nowMs() });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 5_000);
  await drained;
  world.start();
  await world.until(id, ({ state }) => isEnded(state), 2 * HOUR);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", inDoubt: 0, spentMicroUsd: 10 });
  expect(world.batchModel.made).toHaveLength(1);
});
