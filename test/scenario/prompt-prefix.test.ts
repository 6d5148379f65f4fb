/** What a run sends: the same bytes again at every later turn, whoever sends them and whatever happened in between. */
import { expect, test } from "vitest";
import { z } from "zod";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import { requestBody } from "../../services/adapters/model/request-body.ts";
import { type RunId, workerId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { Controller } from "../../services/controller/controller.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { afterLoss } from "../../services/core/recovery.ts";
import type { ModelRequest } from "../../services/ports/model.ts";
import type { Worker } from "../../services/worker/worker.ts";
import { aWakeId } from "../support/ids.ts";
import { aWorld } from "./worker-fixture.ts";

const ended = (head: RunHead) => isEnded(head.state);
const LONG = `${"ä long word\n".repeat(3_000)}🚢`;
/** Words that no careless round trip keeps: several tools at once, odd keys, text that has to be escaped. */
const use = (id: string, words: string = id, afterMs = 5_000) =>
  ask(
    [
      { id, name: "pure", input: { words, z: [1.5, null], a: '"\\u2028 ü' } },
      { id: `${id}b`, name: "keyed", input: { words: "k" } },
    ],
    afterMs,
  );

/** The bytes that the API's cache goes by: model, tools, system, messages, without the marks. */
function prefixOf(request: ModelRequest): string {
  const { model, tools, system, messages } = requestBody(request);
  const text = JSON.stringify({ model, tools, system, messages }, (key, value) =>
    key === "cache_control" ? undefined : value,
  );
  return text.slice(0, text.lastIndexOf("]}"));
}

/** Each request begins with all bytes of the one before, or repeats it. */
function expectGrowing(calls: readonly ModelRequest[]): void {
  const prefixes = calls.map(prefixOf);
  expect(prefixes.length).toBeGreaterThan(2);
  for (const [i, prefix] of prefixes.entries())
    expect(prefix.slice(0, prefixes[i - 1]?.length ?? 0)).toBe(prefixes[i - 1] ?? "");
}

type World = ReturnType<typeof aWorld>;

/** A worker that dies in the middle of a call, and what the controller does then: bury it, put its runs back. */
async function loseHolder(world: World, id: RunId, worker: Worker): Promise<void> {
  const head = await world.head(id);
  await world.fleet.bury(workerId.parse(head.holder), "end-seen", world.clock.nowMs());
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 60_000);
  const wake = aWakeId();
  const recovery = afterLoss(head, { nowMs: world.clock.nowMs(), lastSeenMs: undefined, wakeId: wake });
  if (recovery.kind === "left") throw new Error("nothing to reclaim");
  await world.runs.write(id, recovery.write);
  const message = { v: 1, runId: id, wakeId: wake, remainingMs: 60_000, deadlineAtMs: head.deadlineAtMs } as const;
  await world.queue.send(head.lane, [message]);
}

/** Workers that drain at the boundary of these turns, with a pause before the next one starts. */
async function passOn(world: World, id: RunId, turns: readonly number[], pauseMs: number): Promise<void> {
  for (const turn of turns) {
    const worker = world.start();
    await world.until(id, (head) => head.state === "RUNNING" && head.turn === turn);
    worker.drain({ source: "SIGTERM", atMs: world.clock.nowMs() });
    await world.clock.advanceUntil(() => worker.mode === "STOPPED", 60_000);
    await world.clock.advance(pauseMs);
  }
  world.start();
  await world.until(id, ended);
}

test("a run that was drained goes on elsewhere with the bytes that it had sent", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [use("a", LONG), use("b"), use("c"), say("end")]);
  await passOn(world, id, [2, 3], 0);
  expect(world.model.calls.map(({ turn }) => turn)).toEqual([1, 2, 3, 4]);
  expectGrowing(world.model.calls);
});

test("a turn that is sent again after a crash is the same to the byte, its cache marks too", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [use("a", LONG), use("b"), use("lost", "lost", 20_000), use("c"), say("end")]);
  const first = world.start();
  await world.clock.advanceUntil(() => world.model.calls.length === 3, 60_000);
  await loseHolder(world, id, first);
  world.start();
  await world.until(id, ended);
  const { calls } = world.model;
  expect(calls.map(({ turn }) => turn)).toEqual([1, 2, 3, 3, 4]);
  const [, , lost, again] = calls.map((call) => JSON.stringify(requestBody(call)));
  expect(lost).toContain('"cache_control":{"type":"ephemeral","ttl":"5m"}');
  expect(again).toBe(lost);
  expectGrowing(calls);
});

test("a choice of another life for the cache changes no byte that is cached", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [use("a"), use("b"), use("c"), say("end")]);
  await passOn(world, id, [2, 3], 6 * 60_000);
  expect(world.model.calls.map(({ cache }) => cache?.ttl)).toEqual(["5m", "5m", "5m", "1h"]);
  expectGrowing(world.model.calls);
});

test("a long result is stored and shortened once, and a pure tool that runs again gives the same bytes", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [use("a", LONG), use("lost", "lost", 20_000), say("end")]);
  const first = world.start();
  await world.clock.advanceUntil(() => world.model.calls.length === 2, 60_000);
  await loseHolder(world, id, first);
  world.start();
  await world.until(id, ended);
  const [, lost, again] = world.model.calls;
  const result = lost?.messages.at(-1)?.content[0];
  const text = z.object({ content: z.string() }).parse(result).content;
  expect(text).toContain("characters are left out here");
  expect(Buffer.byteLength(text)).toBeLessThanOrEqual(limits.shownResultBytes);
  expect([lost, again].map((call) => call && prefixOf(call))[1]).toBe(lost && prefixOf(lost));
  expect(world.effects.filter((effect) => effect === "pure a")).toHaveLength(2);
});

test("turns that go in batches are byte-stable too, and their prefixes are kept for an hour", async () => {
  const world = aWorld();
  world.batchModel.takes(5 * 60_000);
  const stop = new AbortController();
  void new Controller(world).run(stop.signal);
  const id = await world.submit({ relaxed: true, deadlineAtMs: world.clock.nowMs() + limits.deadlineMaxMs });
  const steps = [use("a", LONG), use("b"), say("end")];
  world.batchModel.otherwise(() => steps.shift() ?? say("end"));
  world.start();
  await world.until(id, ended, 3 * 3_600_000);
  stop.abort();
  const sent = world.batchModel.made.flatMap(({ requests }) => requests.map(({ request }) => request));
  expect(sent.map(({ turn, cache }) => [turn, cache?.ttl])).toEqual([
    [1, "1h"],
    [2, "1h"],
    [3, "1h"],
  ]);
  expectGrowing(sent);
});
