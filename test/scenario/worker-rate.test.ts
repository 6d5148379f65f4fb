/** A worker under the fleet's rate: waits, pauses, breakers, and what they do to runs and slots. */
import { expect, test } from "vitest";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import { limits } from "../../services/contract/limits.ts";
import { generousRateLimit } from "../../services/contract/rate.ts";
import { keys } from "../../services/contract/tables.ts";
import { stepBreaker } from "../../services/core/breaker.ts";
import { isEnded, wakeOf } from "../../services/core/lifecycle.ts";
import { firstControl, withBreaker } from "../../services/core/rate-control.ts";
import { aWorld } from "./worker-fixture.ts";

const ended = (head: { state: Parameters<typeof isEnded>[0] }) => isEnded(head.state);
const name = (limitClass: string) => ({ platform: "test", workspace: "default", limitClass });

function limited(requestsPerMinute: number, burstSize: number) {
  const world = aWorld();
  world.rating.current = {
    ...world.rating.current,
    limits: { "*": { ...generousRateLimit, requestsPerMinute, burstSize } },
  };
  return world;
}

type World = ReturnType<typeof aWorld>;

const itemOf = async (world: World) => {
  const model = world.model.calls[0]?.model ?? "claude-haiku-5-5";
  const { item } = await world.limiter.read(name(model));
  if (item === undefined) throw new Error(`no item of ${model}`);
  return { item, key: name(model) };
};

test("calls start at the rate, whatever the slots; every turn is permitted once", async () => {
  const world = limited(60, 1);
  const ids = await Promise.all(Array.from({ length: 10 }, () => world.submit()));
  const startMs = world.clock.monotonicMs();
  world.start(10);
  for (const id of ids) await world.until(id, ended);
  expect(world.model.calls).toHaveLength(10);
  expect(world.clock.monotonicMs() - startMs).toBeGreaterThanOrEqual(9_000);
  expect(world.clock.monotonicMs() - startMs).toBeLessThan(20_000);
});

test("without the limiter's store no call starts; runs wait, and go on when it answers", async () => {
  const world = aWorld();
  world.faults.outage(new Error("no store"), ["limiter.read", "limiter.begin", "limiter.book"]);
  const id = await world.submit();
  world.start();
  await world.clock.advance(30_000);
  expect(world.model.calls).toHaveLength(0);
  expect((await world.head(id)).state).toBe("RUNNING");
  world.faults.heal();
  await world.until(id, ended, 15_000);
});

test("a spend limit opens the breaker: the run is parked, no other run calls, and a person's close lets them go on", async () => {
  const world = aWorld();
  const first = await world.submit();
  world.model.script(first, [{ kind: "fail", code: "spend-limit", billed: "no" }, say("paid")]);
  world.start();
  await world.until(first, (head) => head.holder === keys.parkHolder(first));
  expect(world.events.of("breaker.opened")).toMatchObject([{ cause: "spend-limit" }]);
  // The next one is claimed and parked; then the worker knows, and takes no run that would only be parked.
  const next = await world.submit();
  await world.until(next, (head) => head.holder === keys.parkHolder(next));
  const others = await Promise.all(Array.from({ length: 5 }, () => world.submit()));
  await world.clock.advance(5 * 60_000);
  expect(world.model.calls).toHaveLength(1);
  for (const id of others) expect(await world.head(id)).toMatchObject({ state: "QUEUED", waits: 0 });
  const { item, key } = await itemOf(world);
  const nowMs = world.clock.nowMs();
  const closed = stepBreaker(item.control.breaker, { kind: "operator", action: "close" }, nowMs);
  await world.limiter.change(key, item.version, withBreaker(item.control, closed, { rampMs: 0, nowMs }));
  for (const id of others) await world.until(id, ended, 30_000);
  expect(world.events.of("breaker.opened")).toHaveLength(1);
});

test("a run that a person's breaker holds for hours is not ended by it, however often it had to wait before", async () => {
  const world = aWorld();
  const key = name("claude-haiku-5-5");
  const nowMs = world.clock.nowMs();
  const first = firstControl(generousRateLimit, 0, nowMs);
  const open = stepBreaker(first.breaker, { kind: "operator", action: "open" }, nowMs);
  await world.limiter.begin(key, withBreaker(first, open, { rampMs: 0, nowMs }));
  const id = await world.submit({ waits: limits.waitsMax });
  world.start();
  await world.until(id, (head) => head.holder === keys.parkHolder(id));
  await world.clock.advance(3 * 60 * 60_000);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", waits: limits.waitsMax, interruptions: 0 });
  const { item } = await world.limiter.read(key);
  if (item === undefined) throw new Error("no item");
  const closedMs = world.clock.nowMs();
  const closed = stepBreaker(item.control.breaker, { kind: "operator", action: "close" }, closedMs);
  const control = withBreaker(item.control, closed, { rampMs: 0, nowMs: closedMs });
  await world.limiter.change(key, item.version, control);
  // The sweep wakes a parked run; here the test does.
  const parked = await world.head(id);
  if (parked.wakeId === undefined) throw new Error("no wake-up");
  await world.queue.send(parked.lane, [wakeOf(parked, parked.wakeId)]);
  await world.until(id, ended, 120_000);
  expect((await world.head(id)).state).toBe("SUCCEEDED");
});

test("after failures the breaker opens, sends a probe by itself, and closes when the model answers again", async () => {
  const world = aWorld();
  let broken = true;
  world.model.otherwise(() => (broken ? { kind: "fail", code: "overloaded", billed: "no" } : say("back")));
  const ids = await Promise.all(Array.from({ length: 40 }, () => world.submit()));
  world.start(40);
  await world.clock.advanceUntil(() => world.events.of("breaker.opened").length > 0, 60_000);
  const calls = world.model.calls.length;
  await world.clock.advance(12_000);
  // What had its permit before goes on; nothing new starts.
  expect(world.model.calls.length - calls).toBeLessThanOrEqual(40);
  broken = false;
  const late = await world.submit();
  await world.until(late, ended, 180_000);
  expect(world.events.of("breaker.closed").length).toBeGreaterThan(0);
  expect((await world.head(late)).state).toBe("SUCCEEDED");
  expect(ids).toHaveLength(40);
});

test("a probe closes the breaker when its answer begins, not when it ends", async () => {
  const world = aWorld();
  world.model.otherwise(() => ({ kind: "fail", code: "overloaded", billed: "no" }));
  await Promise.all(Array.from({ length: 30 }, () => world.submit()));
  world.start(30);
  await world.clock.advanceUntil(() => world.events.of("breaker.opened").length > 0, 60_000);
  world.model.otherwise(() => say("back", 60_000));
  await world.submit();
  await world.clock.advanceUntil(() => world.events.of("breaker.probe").length > 0, 120_000);
  const probeMs = world.clock.monotonicMs();
  await world.clock.advanceUntil(() => world.events.of("breaker.closed").length > 0, 120_000);
  expect(world.clock.monotonicMs() - probeMs).toBeLessThan(45_000);
});

test("a drain ends waits for permits at once, and what is owed is written", async () => {
  const world = limited(1, 1);
  const ids = await Promise.all([world.submit(), world.submit(), world.submit()]);
  world.model.otherwise(() => ask([{ id: "a", name: "pure", input: { words: "x" } }], 1_000));
  const worker = world.start(3);
  await world.clock.advance(5_000);
  expect(world.model.calls).toHaveLength(1);
  const startMs = world.clock.monotonicMs();
  worker.heed({ source: "test", atMs: world.clock.nowMs() });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 10_000);
  expect(world.clock.monotonicMs() - startMs).toBeLessThan(5_000);
  for (const id of ids) expect(await world.head(id)).toMatchObject({ state: "QUEUED", inDoubt: 0 });
  const { item } = await itemOf(world);
  expect([...item.tallies.values()].reduce((sum, { calls }) => sum + calls, 0)).toBe(1);
});

test("a worker takes no more runs than the rate feeds", async () => {
  const world = limited(60, 1);
  world.model.otherwise((request) => ask([{ id: `t${request.turn}`, name: "pure", input: { words: "x" } }], 2_000));
  await Promise.all(Array.from({ length: 6 }, () => world.submit()));
  world.start(40);
  await world.clock.advance(60_000);
  await Promise.all(Array.from({ length: 60 }, () => world.submit()));
  await world.clock.advance(20_000);
  const running = (await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((shard) => world.fleet.workers(shard)))).flat();
  // One permit a second and a turn of two seconds feed about three runs; those that came first are let end.
  expect(running[0]?.active).toBeLessThanOrEqual(12);
});
