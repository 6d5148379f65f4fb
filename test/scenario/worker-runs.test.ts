import { expect, test } from "vitest";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import { isEndMark } from "../../services/contract/tables.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import { aWorld } from "./worker-fixture.ts";

const ended = (head: { state: Parameters<typeof isEnded>[0] }) => isEnded(head.state);
const pure = (id: string, afterMs = 0) => ask([{ id, name: "pure", input: { words: id } }], afterMs);

test("a run of three turns: each committed once, tools between, output on the last delta, message gone", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [pure("a"), pure("b"), say("Because.")]);
  world.start();
  await world.until(id, ended);
  const head = await world.head(id);
  expect(head).toMatchObject({ state: "SUCCEEDED", reason: "completed", turn: 4, inDoubt: 0, reservedMicroUsd: 0 });
  expect(isEndMark(head.holder ?? "")).toBe(true);
  expect(head.spentMicroUsd).toBeGreaterThan(0);
  expect(head.inputTokens).toBe(300);
  const deltas = await world.history.deltas(id, 1, head.turn);
  expect(deltas.map((delta) => delta.turn)).toEqual([1, 2, 3]);
  expect(deltas[2]?.output).toBe("Because.");
  expect(world.effects).toEqual(["pure a", "pure b"]);
  expect(world.model.calls.map((call) => call.messages.length)).toEqual([1, 3, 5]);
  await world.clock.advance(60_000);
  expect(await world.queue.depth("normal")).toMatchObject({ visible: 0, inFlight: 0 });
});

test("nothing is claimed before the first heartbeat is acknowledged", async () => {
  const world = aWorld();
  world.faults.outage(new Error("no store"), ["fleet.beat"]);
  const id = await world.submit();
  world.start();
  await world.clock.advance(12_000);
  expect((await world.head(id)).state).toBe("QUEUED");
  world.faults.heal();
  await world.until(id, ended);
});

test("a worker without an acknowledged beat starts no call, and goes on when beats are taken again", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [pure("a", 10_000), say("late")]);
  world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  world.faults.outage(new Error("cut off"), ["fleet.beat"]);
  await world.clock.advance(60_000);
  // What was in flight went on and was committed; nothing new begins.
  const calls = world.model.calls.length;
  const other = await world.submit();
  await world.clock.advance(10_000);
  expect((await world.head(other)).state).toBe("QUEUED");
  expect(world.model.calls.length).toBe(calls);
  world.faults.heal();
  await world.until(other, ended);
});

test.each([
  ["runs.write", "a claim or commit"],
  ["history.putDelta", "a delta"],
  ["queue.delete", "a delete"],
] as const)("a lost answer of %s (%s) repeats nothing", async (operation, _what) => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [pure("a"), say("done")]);
  world.faults.failNext(operation, "lost-answer", 1);
  world.start();
  await world.until(id, ended);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", turn: 3, inDoubt: 0 });
  expect(world.model.calls).toHaveLength(2);
});

test("a store that fails for a while delays a commit; the paid answer is not asked for again", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [say("paid", 3_000)]);
  world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  world.faults.failNext("history.putDelta", new Error("throttled"), 3);
  world.faults.failNext("runs.write", new Error("throttled"), 2);
  await world.until(id, ended);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", inDoubt: 0 });
  expect(world.model.calls).toHaveLength(1);
});

test("a claim that the store does not answer gives its message back soon, and polling slows down", async () => {
  const world = aWorld();
  world.faults.outage(new Error("no store"), ["runs.write"]);
  const id = await world.submit();
  world.start();
  await world.clock.advance(60_000);
  const failed = world.events.of("store.failed").filter((event) => event.operation === "claim").length;
  expect(failed).toBeGreaterThan(1);
  expect(failed).toBeLessThan(40);
  world.faults.heal();
  await world.until(id, ended, 25_000);
});

test("cancel of a running run aborts the call within 10 s and books it as in doubt", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [{ kind: "stall" }]);
  const worker = world.start();
  await world.until(id, (head) => head.state === "RUNNING");
  const holder = (await world.head(id)).holder;
  const [item] = (await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((shard) => world.fleet.workers(shard)))).flat();
  if (item === undefined) throw new Error("no worker item");
  expect(item.workerId).toBe(holder);
  await world.fleet.notify(item.workerId, { kind: "cancel", runId: id, untilMs: world.clock.nowMs() + 8_000 });
  await world.until(id, ended, 10_000);
  expect(await world.head(id)).toMatchObject({ state: "CANCELLED", reason: "cancelled-by-user", inDoubt: 1 });
  expect(worker.mode).toBe("RUNNING");
});

test.each([
  ["active-timeout", { timeoutMs: 20_000 }],
  ["deadline", { deadlineAtMs: Date.UTC(2026, 9, 1) + 20_000 }],
] as const)("%s ends the run", async (reason, limits) => {
  const world = aWorld();
  const id = await world.submit(limits);
  world.model.otherwise(() => pure("a", 15_000));
  world.start();
  await world.until(id, ended, 25_000);
  expect(await world.head(id)).toMatchObject({ state: "TIMED_OUT", reason });
});

test("a run that cannot afford its next turn ends with its work so far", async () => {
  const world = aWorld();
  const id = await world.submit({ budgetMicroUsd: 5_000 });
  world.model.otherwise(() => ({ ...pure("a"), usage: { inputTokens: 30_000 } }));
  world.start();
  await world.until(id, ended);
  const head = await world.head(id);
  expect(head).toMatchObject({ state: "OVER_BUDGET", reason: "budget" });
  expect(head.turn).toBeGreaterThan(1);
  expect(head.spentMicroUsd).toBeLessThanOrEqual(5_000);
});

test("the turn limit of the agent ends the run", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.otherwise((request) => pure(`t${request.turn}`));
  world.start();
  await world.until(id, ended);
  expect(await world.head(id)).toMatchObject({ state: "FAILED", reason: "turn-limit", turn: 7 });
});

test.each([
  ["refusal", "FAILED", "model-refused"],
  ["max_tokens", "FAILED", "output-truncated"],
  ["model_context_window_exceeded", "FAILED", "output-truncated"],
  ["stop_sequence", "SUCCEEDED", "completed"],
] as const)("stop reason %s ends %s", async (stopReason, state, reason) => {
  const world = aWorld();
  const id = await world.submit();
  world.model.otherwise(() => ({ kind: "answer", content: [{ type: "text", text: "x" }], stopReason }));
  world.start();
  await world.until(id, ended);
  expect(await world.head(id)).toMatchObject({ state, reason });
});

test("a paused turn goes on with what there is", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.model.script(id, [
    { kind: "answer", content: [{ type: "text", text: "x" }], stopReason: "pause_turn" },
    say("y"),
  ]);
  world.start();
  await world.until(id, ended);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", turn: 3 });
  expect(world.model.calls[1]?.messages.map((message) => message.role)).toEqual(["user", "assistant"]);
});

test("structured output that does not fit its schema is a failure that says so", async () => {
  const world = aWorld();
  const good = await world.submit({}, "structured");
  const bad = await world.submit({}, "structured");
  world.model.script(good, [say('{"answer":"42"}')]);
  world.model.script(bad, [say('{"reply":"42"}')]);
  world.start();
  await world.until(good, ended);
  await world.until(bad, ended);
  expect(await world.head(good)).toMatchObject({ state: "SUCCEEDED" });
  expect(await world.head(bad)).toMatchObject({ state: "FAILED", reason: "output-invalid" });
});

test("a tool that throws, a tool that is not there and arguments that do not fit are told to the model", async () => {
  const world = aWorld();
  const id = await world.submit();
  const uses = [
    { id: "1", name: "pure", input: { words: "break" } },
    { id: "2", name: "absent", input: {} },
    { id: "3", name: "pure", input: { words: 3 } },
  ];
  world.model.script(id, [ask(uses), say("sorry")]);
  world.start();
  await world.until(id, ended);
  expect((await world.head(id)).state).toBe("SUCCEEDED");
  const results = world.model.calls[1]?.messages.at(-1)?.content;
  expect(results).toMatchObject([
    { tool_use_id: "1", is_error: true, content: "broken words" },
    { tool_use_id: "2", is_error: true },
    { tool_use_id: "3", is_error: true },
  ]);
});

test("an unparsable body and messages without a current run are dropped", async () => {
  const world = aWorld();
  const id = await world.submit();
  world.start();
  await world.until(id, ended);
  const stale = {
    v: 1,
    runId: id,
    wakeId: (await world.head(await world.submit())).wakeId,
    remainingMs: 1,
    deadlineAtMs: 1,
  };
  if (stale.wakeId === undefined) throw new Error("no wake id");
  await world.queue.send("low", [{ ...stale, v: 1, wakeId: stale.wakeId }]);
  await world.clock.advance(10_000);
  expect(await world.queue.depth("low")).toMatchObject({ visible: 0, inFlight: 0 });
  expect(world.events.of("message.dropped").length).toBeGreaterThan(0);
});

test("live text is written only while somebody watches, at most once a second", async () => {
  const world = aWorld();
  const watched = await world.submit();
  const unwatched = await world.submit();
  const slow = say("word ".repeat(100), 20_000);
  world.model.script(watched, [slow]);
  world.model.script(unwatched, [slow]);
  world.start();
  await world.until(watched, (head) => head.state === "RUNNING");
  const { holder } = await world.head(watched);
  const [worker] = (await Promise.all([0, 1, 2, 3, 4, 5, 6, 7].map((shard) => world.fleet.workers(shard)))).flat();
  if (worker === undefined || worker.workerId !== holder) throw new Error("the holder has no item");
  await world.fleet.notify(worker.workerId, { kind: "watch", runId: watched, untilMs: world.clock.nowMs() + 30_000 });
  await world.clock.advance(17_000);
  expect((await world.history.live(watched))?.text).toContain("word");
  expect(await world.history.live(unwatched)).toBeUndefined();
});
