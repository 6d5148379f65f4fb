/** Being told to stop: a cordon, notices that come together or twice, deadlines that change, protection of the task. */
import { expect, test } from "vitest";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import { stopSwitch } from "../../services/adapters/memory/stop-switch.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import type { ProtectionOutcome } from "../../services/ports/task-protection.ts";
import { obey } from "../../services/worker/obey.ts";
import { aRunUnderWay, aWorld } from "./worker-fixture.ts";

const ended = (head: RunHead) => isEnded(head.state);
const use = (id: string, ms: number) => ask([{ id, name: "pure", input: { words: id } }], ms);

test("a cordoned worker takes nothing new, finishes what it has, and beats on with its mode", async () => {
  const world = aWorld();
  const mine = await world.submit();
  world.model.script(mine, [use("a", 20_000), say("done", 20_000)]);
  const worker = world.start();
  await world.until(mine, (head) => head.state === "RUNNING");
  const holder = (await world.head(mine)).holder;
  worker.heed({ kind: "cordon", source: "rebalance", atMs: world.clock.nowMs() });
  worker.heed({ kind: "cordon", source: "rebalance", atMs: world.clock.nowMs() });
  const later = await world.submit();
  await world.clock.advance(10_000);
  expect(worker.mode).toBe("CORDONED");
  expect((await world.head(later)).state).toBe("QUEUED");
  expect(await world.head(mine)).toMatchObject({ state: "RUNNING", holder });
  const items = (await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((shard) => world.fleet.workers(shard)))).flat();
  expect(items.map(({ mode }) => mode)).toEqual(["CORDONED"]);
  await world.until(mine, ended);
  expect(await world.head(mine)).toMatchObject({ state: "SUCCEEDED", interruptions: 0 });
  await world.clock.advance(60_000);
  expect((await world.head(later)).state).toBe("QUEUED");
  expect(world.events.of("worker.notice")).toHaveLength(1);
  world.start();
  await world.until(later, ended);
});

test("a cordoned worker counts a claim under way as active: its machine is not idle", async () => {
  const world = aWorld();
  const id = await world.submit();
  const claimed = Promise.withResolvers<void>();
  world.during.write = () => claimed.promise;
  const worker = world.start();
  await world.clock.advance(limits.heartbeatMs - 1);
  worker.heed({ kind: "cordon", source: "cordon-flag", atMs: world.clock.nowMs() });
  await world.clock.advance(limits.heartbeatMs);
  const said = async () =>
    (await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((shard) => world.fleet.workers(shard)))).flat();
  expect(await said()).toMatchObject([{ mode: "CORDONED", active: 1 }]);
  claimed.resolve();
  await world.until(id, ended);
  await world.clock.advance(limits.heartbeatMs);
  expect(await said()).toMatchObject([{ mode: "CORDONED", active: 0 }]);
});

test("a cordon that a notice follows becomes a drain with the notice's deadline", async () => {
  const { world, id, worker } = await aRunUnderWay({ kind: "stall" });
  const atMs = world.clock.nowMs();
  worker.heed({ kind: "cordon", source: "rebalance", atMs });
  worker.heed({ source: "spot", atMs, deadlineAtMs: atMs + 25_000 });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 10_000);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", inDoubt: 1 });
  expect(world.events.of("worker.mode").map(({ mode }) => mode)).toEqual([
    "RUNNING",
    "CORDONED",
    "DRAINING",
    "STOPPED",
  ]);
});

test.each([
  ["a drain flag", {}],
  ["SIGTERM on a machine", { leftMs: 110_000 }],
])(
  "drained by %s, a turn of almost the turn limit is committed: nothing is in doubt",
  async (source, { leftMs }: { leftMs?: number }) => {
    const world = aWorld();
    const id = await world.submit({ timeoutMs: 300_000 });
    world.model.script(id, [use("a", limits.turnMs - 500), say("end")]);
    const worker = world.start();
    await world.until(id, (head) => head.state === "RUNNING");
    const atMs = world.clock.nowMs();
    worker.heed({ source, atMs, ...(leftMs === undefined ? {} : { deadlineAtMs: atMs + leftMs }) });
    await world.clock.advanceUntil(() => worker.mode === "STOPPED", limits.drainMs);
    expect(await world.head(id)).toMatchObject({ state: "QUEUED", turn: 2, inDoubt: 0 });
  },
);

test("a worker that is told to stop before its first heartbeat claims nothing and stops", async () => {
  const world = aWorld();
  const id = await world.submit();
  const worker = world.start();
  worker.heed({ kind: "cordon", source: "rebalance", atMs: world.clock.nowMs() });
  await world.clock.advance(10_000);
  expect((await world.head(id)).state).toBe("QUEUED");
  void worker.drain({ source: "SIGTERM", atMs: world.clock.nowMs() });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 10_000);
});

test("all sources at once, twice, and a known deadline that comes after an assumed one: one drain, by the known one", async () => {
  const world = aWorld();
  const id = await world.submit({ timeoutMs: 300_000 });
  // Longer than the notice without a deadline, which was given a while ago, allows; shorter than the Spot notice does.
  world.model.script(id, [use("a", 80_000), say("end")]);
  const worker = world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  const atMs = world.clock.nowMs();
  const sources = Array.from({ length: 4 }, stopSwitch);
  const over = new AbortController();
  obey(sources, (notice) => worker.heed(notice), over.signal);
  sources[0]?.stop({ source: "ecs-task", atMs: atMs - 30_000 });
  sources[1]?.stop({ source: "spot", atMs, deadlineAtMs: atMs + 120_000 });
  sources[2]?.stop({ source: "SIGTERM", atMs });
  sources[3]?.stop({ kind: "cordon", source: "rebalance", atMs });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 105_000);
  over.abort();
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", turn: 2, inDoubt: 0, interruptions: 1 });
  expect(world.events.of("worker.mode").filter(({ mode }) => mode === "DRAINING")).toHaveLength(1);
});

test("an earlier deadline that comes in the middle of a drain is kept", async () => {
  const { world, id, worker } = await aRunUnderWay({ kind: "stall" });
  const atMs = world.clock.nowMs();
  void worker.drain({ source: "spot", atMs, deadlineAtMs: atMs + 120_000 });
  await world.clock.advance(5_000);
  void worker.drain({ source: "SIGTERM", atMs: atMs + 5_000, deadlineAtMs: atMs + 35_000 });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 15_000);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", turn: 1, inDoubt: 1 });
  expect(world.clock.nowMs()).toBeLessThanOrEqual(atMs + 20_000);
});

test("a worker that is declared dead in the middle of a drain stops without a word", async () => {
  const { world, id, worker } = await aRunUnderWay({ kind: "stall" });
  const [item] = (await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((shard) => world.fleet.workers(shard)))).flat();
  if (item === undefined) throw new Error("no worker item");
  const stopped = worker.drain({ source: "SIGTERM", atMs: world.clock.nowMs() });
  await world.fleet.bury(item.workerId, "end-seen", world.clock.nowMs());
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 10_000);
  await stopped;
  await world.clock.advance(60_000);
  expect(await world.head(id)).toMatchObject({ state: "RUNNING", holder: item.workerId });
});

/** An agent of ECS that answers what a test wants and notes what it was asked. */
function anAgent(outcome: () => ProtectionOutcome = () => ({ kind: "done" })) {
  const calls: string[] = [];
  const answer = (what: string) => async () => {
    calls.push(what);
    return outcome();
  };
  return { calls, protect: answer("protect"), release: answer("release") };
}

test("the task is protected from its start, renewed while it has runs, and given up when it is idle for long", async () => {
  const agent = anAgent();
  const world = aWorld();
  world.start(10, world.model, agent);
  await world.clock.advance(limits.protectionLookMs * 2);
  expect(agent.calls).toEqual(["protect"]);
  const id = await world.submit({ timeoutMs: 3_000_000 });
  world.model.script(id, [...Array.from({ length: 5 }, (_, i) => use(`t${i}`, 80_000)), say("end")]);
  await world.until(id, (head) => head.state === "RUNNING");
  expect(agent.calls).toEqual(["protect"]);
  await world.until(id, ended, 700_000);
  expect(agent.calls).toEqual(["protect", "protect"]);
  await world.clock.advance(limits.protectionIdleMs - 2 * limits.protectionLookMs);
  expect(agent.calls).not.toContain("release");
  await world.clock.advance(4 * limits.protectionLookMs);
  expect(agent.calls.at(-1)).toBe("release");
});

test("a worker whose task was given up claims nothing before it is protected again", async () => {
  const agent = anAgent();
  const world = aWorld();
  world.start(10, world.model, agent);
  await world.clock.advance(limits.protectionIdleMs + 2 * limits.protectionLookMs);
  expect(agent.calls).toEqual(["protect", "release"]);
  const asked = Promise.withResolvers<ProtectionOutcome>();
  agent.protect = () => {
    agent.calls.push("protect");
    return asked.promise;
  };
  const id = await world.submit();
  await world.clock.advance(limits.heartbeatMs);
  expect(agent.calls).toEqual(["protect", "release", "protect"]);
  expect((await world.head(id)).state).toBe("QUEUED");
  asked.resolve({ kind: "done" });
  await world.until(id, ended);
});

test("a drain keeps the protection until its runs have left, and gives it up then", async () => {
  const agent = anAgent();
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [use("a", 30_000)]);
  const worker = world.start(10, world.model, agent);
  await world.until(id, (head) => head.state === "RUNNING");
  void worker.drain({ source: "SIGTERM", atMs: world.clock.nowMs() });
  await world.clock.advance(2 * limits.protectionLookMs);
  expect(worker.mode).toBe("DRAINING");
  expect(agent.calls).toEqual(["protect"]);
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 60_000);
  await world.clock.advance(1);
  expect(agent.calls).toEqual(["protect", "release"]);
});

test("an agent that fails is told and asked again later; one that refuses is not asked again; runs go on", async () => {
  for (const [kind, times] of [
    ["failed", 3],
    ["refused", 1],
  ] as const) {
    const agent = anAgent(() => ({ kind, because: "no" }));
    const world = aWorld();
    const id = await world.submit({ timeoutMs: 300_000 });
    world.model.script(id, [use("a", 40_000), say("end", 40_000)]);
    world.start(10, world.model, agent);
    await world.until(id, (head) => head.state === "RUNNING");
    expect(world.events.of("task-protection.failed")).toHaveLength(1);
    await world.until(id, ended);
    expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED" });
    expect(agent.calls).toHaveLength(times);
    expect(world.events.of("task-protection.failed")).toHaveLength(times);
  }
});

test("a new task that is blocked before it has work is not cordoned: a deployment is under way; it asks again with its first run", async () => {
  const answers: ProtectionOutcome[] = [{ kind: "blocked", because: "DEPLOYMENT_BLOCKED" }];
  const agent = anAgent(() => answers.shift() ?? { kind: "done" });
  const world = aWorld();
  const worker = world.start(10, world.model, agent);
  await world.clock.advance(limits.protectionRetryMs + 2 * limits.protectionLookMs);
  expect(worker.mode).toBe("RUNNING");
  expect(agent.calls).toEqual(["protect", "protect"]);
  const id = await world.submit();
  await world.until(id, ended);
});

test("a new task that is blocked for as long as a deployment lasts takes one run after the other", async () => {
  const agent = anAgent(() => ({ kind: "blocked", because: "DEPLOYMENT_BLOCKED" }));
  const world = aWorld();
  const worker = world.start(10, world.model, agent);
  for (let i = 0; i < 2; i++) {
    const id = await world.submit({ timeoutMs: 300_000 });
    world.model.script(id, [use("t", 80_000), say("end")]);
    await world.until(id, ended, 200_000);
    expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED" });
  }
  expect(worker.mode).toBe("RUNNING");
  expect(agent.calls.length).toBeGreaterThan(2);
});

test("a task that its service no longer wants is cordoned", async () => {
  const answers: ProtectionOutcome[] = [{ kind: "done" }];
  const agent = anAgent(() => answers.shift() ?? { kind: "blocked", because: "DEPLOYMENT_BLOCKED" });
  const world = aWorld();
  const id = await world.submit({ timeoutMs: 3_000_000 });
  world.model.script(id, [...Array.from({ length: 5 }, (_, i) => use(`t${i}`, 80_000)), say("end")]);
  const worker = world.start(10, world.model, agent);
  await world.until(id, ended, 700_000);
  expect(worker.mode).toBe("CORDONED");
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED" });
  await world.clock.advance(limits.protectionRetryMs + 2 * limits.protectionLookMs);
  expect(agent.calls.at(-1)).toBe("release");
});

test("a drain says how many runs it could not release, and leaves its item to be buried", async () => {
  const world = aWorld();
  const ids = await Promise.all([world.submit(), world.submit()]);
  for (const id of ids) world.model.script(id, [{ kind: "stall" }]);
  const worker = world.start();
  for (const id of ids) await world.until(id, (head) => head.state === "RUNNING");
  world.faults.outage(new Error("the store is away"), ["runs.write"]);
  void worker.drain({ source: "SIGTERM", atMs: world.clock.nowMs(), deadlineAtMs: world.clock.nowMs() + 30_000 });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 30_000);
  expect(worker.leftBehind).toBe(2);
  const items = (await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((shard) => world.fleet.workers(shard)))).flat();
  expect(items).toHaveLength(1);

  const other = aWorld();
  const idle = other.start();
  await other.clock.advance(5_000);
  void idle.drain({ source: "SIGTERM", atMs: other.clock.nowMs() });
  await other.clock.advanceUntil(() => idle.mode === "STOPPED", 10_000);
  expect(idle.leftBehind).toBe(0);
});
