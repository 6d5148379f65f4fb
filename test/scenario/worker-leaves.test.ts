/** Drain, death and coming back: what happens to runs when their worker goes. */
import { expect, test } from "vitest";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import { workerId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { afterLoss } from "../../services/core/recovery.ts";
import { aWakeId } from "../support/ids.ts";
import { aRunUnderWay, aWorld } from "./worker-fixture.ts";

const ended = (head: RunHead) => isEnded(head.state);
const use = (name: string, id: string) => ask([{ id, name, input: { words: id } }], 5_000);
type World = ReturnType<typeof aWorld>;

/** What the controller does when a worker died: bury it, put its runs back. */
async function loseHolder(world: World, id: Parameters<World["head"]>[0]): Promise<void> {
  const head = await world.head(id);
  await world.fleet.bury(workerId.parse(head.holder), "end-seen", world.clock.nowMs());
  const wake = aWakeId();
  const recovery = afterLoss(head, { nowMs: world.clock.nowMs(), lastSeenMs: undefined, wakeId: wake });
  if (recovery.kind === "left") throw new Error("nothing to reclaim");
  const outcome = await world.runs.write(id, recovery.write);
  if (outcome.kind === "refused") throw new Error("the reclaim was refused");
  await world.queue.send(head.lane, [
    { v: 1, runId: id, wakeId: wake, remainingMs: 60_000, deadlineAtMs: head.deadlineAtMs },
  ]);
}

test("a drain lets the turn in flight commit, releases the run, and another worker resumes at the next turn", async () => {
  const { world, id, worker: first } = await aRunUnderWay(use("pure", "a"), use("pure", "b"), say("end"));
  first.drain({ source: "SIGTERM", atMs: world.clock.nowMs() });
  await world.clock.advanceUntil(() => first.mode === "STOPPED", 60_000);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", turn: 2, interruptions: 1, inDoubt: 0, failures: 0 });
  world.start();
  await world.until(id, ended);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", turn: 4, inDoubt: 0 });
  expect(world.model.calls.map((call) => call.turn)).toEqual([1, 2, 3]);
});

test("a turn that outlasts the notice is aborted and counted in doubt; two drains are one", async () => {
  const { world, id, worker } = await aRunUnderWay({ kind: "stall" });
  const atMs = world.clock.nowMs();
  worker.drain({ source: "spot", atMs, deadlineAtMs: atMs + 25_000 });
  worker.drain({ source: "SIGTERM", atMs });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 15_000);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", turn: 1, inDoubt: 1, interruptions: 1 });
});

test("a drained worker gives back a run whose claim it never heard of", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.faults.failNext("runs.write", "lost-answer");
  world.faults.failNext("runs.write", new Error("no answer"), 7);
  const worker = world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  await world.clock.advanceUntil(
    () => world.events.of("store.failed").some(({ operation }) => operation === "claim"),
    60_000,
  );
  worker.drain({ source: "SIGTERM", atMs: world.clock.nowMs() });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 60_000);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", interruptions: 1 });
  expect(world.events.of("run.requeued")).toMatchObject([{ runId: id, reason: "orphaned" }]);
});

test("a waiting run is released at once by a drain", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [{ kind: "fail", code: "rate-limited", billed: "no", retryAfterMs: 8_000 }]);
  const worker = world.start();
  await world.clock.advanceUntil(() => world.events.of("model.failed").length === 1, 10_000);
  worker.drain({ source: "SIGTERM", atMs: world.clock.nowMs() });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 3_000);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", inDoubt: 0 });
});

test("a buried worker stops quietly; its run goes on elsewhere and its late commit is refused", async () => {
  const { world, id, worker: first } = await aRunUnderWay(say("first try", 20_000), say("second try", 1_000));
  await loseHolder(world, id);
  const second = world.start();
  await world.until(id, ended);
  await world.clock.advance(30_000);
  expect(first.mode).toBe("STOPPED");
  expect(second.mode).toBe("RUNNING");
  const head = await world.head(id);
  expect(head).toMatchObject({ state: "SUCCEEDED", turn: 2, inDoubt: 1, interruptions: 1 });
  expect((await world.history.deltas(id, 1, 2))[0]?.output).toBe("second try");
});

test.each([
  ["pure", 2, undefined],
  ["keyed", 2, undefined],
  ["unsafe", 1, "unknown"],
] as const)("after a crash inside a %s tool it has run %i times", async (name, times, told) => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [use(name, "t1"), say("end")]);
  world.start();
  let stuck = true;
  world.during.tool = async () => {
    if (stuck) await new Promise(() => undefined);
  };
  await world.clock.advanceUntil(() => world.effects.length === 1, 20_000);
  await loseHolder(world, id);
  stuck = false;
  world.start();
  await world.until(id, ended);
  expect(world.effects).toEqual(Array(times).fill(`${name} t1`));
  const results = JSON.stringify(world.model.calls.at(-1)?.messages.at(-1));
  if (told !== undefined) expect(results).toContain(told);
  else expect(results).toContain("did t1");
});

test("a message that comes back while its holder is dead and nobody watches is reclaimed by its receiver", async () => {
  const { world, id, worker: first } = await aRunUnderWay({ kind: "stall" }, say("second"));
  // The first worker dies without a word: its beats and renewals stop reaching anything.
  const holder = workerId.parse((await world.head(id)).holder);
  await world.fleet.bury(holder, "end-seen", world.clock.nowMs());
  await world.clock.advanceUntil(() => first.mode === "STOPPED", 10_000);
  world.start();
  await world.until(id, ended, 180_000);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", interruptions: 1 });
  expect(world.events.of("turn.doubtful")).toEqual([{ runId: id, turn: 1 }]);
});

test("a run that its receiver ends because its holder died past the deadline is told of, with its doubt", async () => {
  const { world, id, worker: first } = await aRunUnderWay({ kind: "stall" });
  const head = await world.head(id);
  await world.runs.write(id, {
    guard: { state: "RUNNING", epoch: head.epoch },
    set: { deadlineAtMs: world.clock.nowMs() + 1 },
  });
  await world.fleet.bury(workerId.parse(head.holder), "end-seen", world.clock.nowMs());
  await world.clock.advanceUntil(() => first.mode === "STOPPED", 10_000);
  world.start();
  await world.until(id, ended, 180_000);
  const { state, reason, inDoubt } = await world.head(id);
  expect([state, reason, inDoubt]).toEqual(["TIMED_OUT", "deadline", 1]);
  expect(world.events.of("run.ended")).toMatchObject([{ runId: id, state, reason, turns: 0 }]);
  expect(world.events.of("turn.doubtful")).toEqual([{ runId: id, turn: 1 }]);
});

test("a claim whose answer was lost for good is found by the orphan check and released", async () => {
  const world = aWorld();
  const id = await world.submit({ timeoutMs: 600_000 });
  world.faults.failNext("runs.write", "lost-answer", 1);
  world.faults.failNext("runs.write", new Error("cut off"), 7);
  world.start();
  await world.until(id, ended, 240_000);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", interruptions: 1 });
  expect(world.events.of("run.requeued")).toMatchObject([{ reason: "orphaned" }]);
});

test("a turn whose commit was never answered is in doubt when the orphan check releases its run", async () => {
  const world = aWorld();
  const id = await world.submit({ timeoutMs: 3_600_000 });
  world.model.otherwise(() => say("answer", 1_000));
  world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  world.faults.outage(new Error("cut off"), ["runs.write"]);
  await world.clock.advance(180_000);
  expect(world.model.calls).toHaveLength(1);
  world.faults.heal();
  await world.until(id, ended, 240_000);
  expect(world.model.calls).toHaveLength(2);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", turn: 2, inDoubt: 1, interruptions: 1 });
});

test("being interrupted while making progress never gives a run up; without progress it does", async () => {
  const world = aWorld();
  const id = await world.submit({ fruitless: limits.interruptionsMax - 1, interruptions: 500 });
  world.model.script(id, [use("pure", "a"), { kind: "stall" }]);
  world.start();
  await world.until(id, (head) => head.turn === 2);
  await loseHolder(world, id);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", interruptions: 501, fruitless: 1 });
});

test("no more runs than slots are active, and those beyond go to another worker", async () => {
  const world = aWorld();
  const ids = await Promise.all(Array.from({ length: 8 }, () => world.submit()));
  world.model.otherwise(() => say("x", 10_000));
  world.start(3);
  await world.clock.advance(6_000);
  const states = await Promise.all(ids.map((id) => world.head(id)));
  expect(states.filter((head) => head.state === "RUNNING")).toHaveLength(3);
  world.start(5);
  for (const id of ids) await world.until(id, ended);
  expect(world.model.calls).toHaveLength(8);
});

test("a message that a worker received and died with before its claim comes back in seconds, not after its full visibility", async () => {
  const world = aWorld();
  const id = await world.submit();
  let claims = 0;
  world.during.write = () => {
    claims++;
    return new Promise(() => undefined);
  };
  world.start();
  await world.clock.advanceUntil(() => claims === 1, 5_000);
  const receivedMs = world.clock.nowMs();
  const [victim] = (await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((shard) => world.fleet.workers(shard)))).flat();
  if (victim === undefined) throw new Error("no worker item");
  // As good as killed: it hears of its death at its next beat, and its claim never comes back.
  await world.fleet.bury(victim.workerId, "end-seen", receivedMs);
  world.during.write = async () => {};
  world.start();
  await world.until(id, ended, 30_000);
  const { claimedAtMs } = await world.head(id);
  const waitedMs = (claimedAtMs ?? Number.NaN) - receivedMs;
  expect(waitedMs).toBeLessThanOrEqual(limits.heartbeatMs + limits.unclaimedMs + 1_000);
});

test("a run's message is renewed soon after its claim, then at a third of its visibility, and comes to nobody else", async () => {
  const world = aWorld();
  const id = await world.submit({ timeoutMs: 300_000 });
  world.model.script(id, [say("long", 80_000)]);
  world.start();
  world.start();
  await world.until(id, ended, 120_000);
  const head = await world.head(id);
  expect(head).toMatchObject({ state: "SUCCEEDED", interruptions: 0 });
  expect(world.events.of("run.claimed")).toHaveLength(1);
  expect(world.events.of("run.fenced")).toEqual([]);
});
