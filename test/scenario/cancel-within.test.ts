/** A cancel is honoured within ten seconds, whatever the run is doing and whoever is dead. */
import { expect, test } from "vitest";
import { ask } from "../../services/adapters/memory/scripted-model.ts";
import { workerId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { Controller } from "../../services/controller/controller.ts";
import { markCancel } from "../../services/core/lifecycle.ts";
import { aWorld } from "./worker-fixture.ts";

type World = ReturnType<typeof aWorld>;

/** Marks a running run and tells its holder, as the API does. */
async function cancelRunning({ runs, fleet, clock }: World, head: RunHead): Promise<void> {
  const outcome = await runs.write(head.runId, markCancel(head, clock.nowMs()));
  expect(outcome.kind).toBe("written");
  const untilMs = clock.nowMs() + limits.cancelGraceMs;
  const told = await fleet.notify(workerId.parse(head.holder), { kind: "cancel", runId: head.runId, untilMs });
  expect(told).toBe("delivered");
}

async function expectCancelled(world: World, head: RunHead, withinMs: number = limits.cancelWithinMs): Promise<void> {
  await world.clock.advance(withinMs);
  expect(await world.head(head.runId)).toMatchObject({ state: "CANCELLED", reason: "cancelled-by-user" });
}

/** A run whose model never answers, claimed by a started worker. */
async function aStalled(world: World): Promise<RunHead> {
  world.model.otherwise(() => ({ kind: "stall" }));
  const id = await world.submit();
  world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  return world.head(id);
}

test("in the middle of a stream, by its own worker alone", async () => {
  const world = aWorld();
  const head = await aStalled(world);
  await cancelRunning(world, head);
  await expectCancelled(world, head);
  expect((await world.head(head.runId)).inDoubt).toBe(1);
});

test("in the middle of a tool that does not listen", async () => {
  const world = aWorld();
  const never = Promise.withResolvers<void>();
  world.during.tool = () => never.promise;
  world.model.otherwise(() => ask([{ id: "toolu_1", name: "keyed", input: { words: "w" } }]));
  const id = await world.submit();
  world.start();
  await world.clock.advanceUntil(() => world.effects.length === 1, 10_000);
  const head = await world.head(id);
  await cancelRunning(world, head);
  await expectCancelled(world, head);
});

test("between the claim and its answer: the entry is brought again", async () => {
  const world = aWorld();
  world.model.otherwise(() => ({ kind: "stall" }));
  const write = world.runs.write.bind(world.runs);
  const answer = Promise.withResolvers<void>();
  let claimed: RunHead | undefined;
  Object.assign(world.runs, {
    write: async (...given: Parameters<typeof write>) => {
      const outcome = await write(...given);
      if (given[1].set.state === "RUNNING" && claimed === undefined) {
        claimed = outcome.head;
        await answer.promise;
      }
      return outcome;
    },
  });
  await world.submit();
  world.start();
  await world.clock.advanceUntil(() => claimed !== undefined, 10_000);
  if (claimed === undefined) throw new Error("no claim");
  await cancelRunning(world, claimed);
  await world.clock.advance(limits.heartbeatMs);
  answer.resolve();
  await expectCancelled(world, claimed, limits.heartbeatMs);
});

test("by force when its worker is cut off", async () => {
  const world = aWorld();
  const head = await aStalled(world);
  world.faults.outage(new Error("cut off"), ["fleet.beat"]);
  const stop = new AbortController();
  const running = new Controller(world).run(stop.signal);
  await cancelRunning(world, head);
  await expectCancelled(world, head);
  stop.abort();
  await running;
});

test("by the first pass of a controller that was dead meanwhile", async () => {
  const world = aWorld();
  const head = await aStalled(world);
  world.faults.outage(new Error("cut off"), ["fleet.beat"]);
  await cancelRunning(world, head);
  await world.clock.advance(30_000);
  expect((await world.head(head.runId)).state).toBe("RUNNING");
  const stop = new AbortController();
  const running = new Controller(world).run(stop.signal);
  await expectCancelled(world, head, limits.watchMs);
  stop.abort();
  await running;
});
