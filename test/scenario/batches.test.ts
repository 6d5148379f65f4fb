/** Runs that may wait go in batches: one for many, at half the price, no slot held while it waits. */
import { expect, test } from "vitest";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import { tenantId } from "../../services/contract/ids.ts";
import { endFromOutside } from "../../services/core/lifecycle.ts";
import { allEnd, deadlineAtMs, HOUR, heads, MINUTE, relaxed, withController } from "./batches-fixture.ts";

const tenant = tenantId.parse("acme");

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

const failed = (code: "request-rejected" | "overloaded" | "rate-limited") =>
  ({ kind: "failed", code, message: "scripted", billed: "no" }) as const;

test("a batch that is refused is sent again later; nothing is in doubt", async () => {
  const world = withController();
  world.batchModel.failNext("create", failed("overloaded"));
  const ids = await relaxed(world, 2);
  world.start();
  await allEnd(world, ids);
  for (const head of await heads(world, ids)) expect(head).toMatchObject({ state: "SUCCEEDED", inDoubt: 0 });
});

test("a batch that the API does not take as it is: its turns go as calls of their own", async () => {
  const world = withController();
  world.batchModel.failNext("create", failed("request-rejected"));
  const ids = await relaxed(world, 2);
  world.start();
  await allEnd(world, ids);
  expect(world.model.calls).toHaveLength(2);
  for (const head of await heads(world, ids))
    expect(head).toMatchObject({ state: "SUCCEEDED", inDoubt: 0, spentMicroUsd: 20 });
});

test.each([
  ["errored", failed("overloaded")],
  ["expired", { kind: "gone", because: "expired" } as const],
  ["cancelled", { kind: "gone", because: "canceled" } as const],
])("a turn that %s in its batch is sent in another, unbilled", async (_what, result) => {
  const world = withController();
  let first = true;
  world.batchModel.otherwise(() => {
    if (!first) return { kind: "answer", content: [{ type: "text", text: "Done." }], stopReason: "end_turn" };
    first = false;
    return result;
  });
  const ids = await relaxed(world, 3);
  world.start();
  await allEnd(world, ids, 6 * HOUR);
  expect(world.batchModel.made.map(({ status }) => status.size)).toEqual([3, 1]);
  for (const head of await heads(world, ids))
    expect(head).toMatchObject({ state: "SUCCEEDED", inDoubt: 0, spentMicroUsd: 10, possibleMicroUsd: 0 });
});

test("a turn that the API rejects ends its run alone", async () => {
  const world = withController();
  const ids = await relaxed(world, 3);
  world.batchModel.otherwise(({ request }) =>
    request.runId === ids[1] ? failed("request-rejected") : { kind: "answer", content: [], stopReason: "end_turn" },
  );
  world.start();
  await allEnd(world, ids);
  const reasons = (await heads(world, ids)).map(({ runId, reason }) => ({ runId, reason }));
  expect(reasons.find(({ runId }) => runId === ids[1])?.reason).toBe("model-rejected-request");
  expect(reasons.filter(({ reason }) => reason === "completed")).toHaveLength(2);
});

test("turns with tools: the results that were sent are those that are kept, and no tool runs twice", async () => {
  const world = withController();
  world.batchModel.otherwise(({ request: { turn } }) =>
    turn === 1
      ? ask([
          { id: "tu_pure", name: "pure", input: { words: "a" } },
          { id: "tu_unsafe", name: "unsafe", input: { words: "b" } },
        ])
      : { kind: "answer", content: [{ type: "text", text: "Done." }], stopReason: "end_turn" },
  );
  const [id] = await relaxed(world, 1);
  if (id === undefined) throw new Error("no run");
  world.start();
  await allEnd(world, [id], 6 * HOUR);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", turn: 3, spentMicroUsd: 20, savedMicroUsd: 20 });
  expect(world.effects).toEqual(["pure tu_pure", "unsafe tu_unsafe"]);
  const [, second] = await world.history.deltas(id, 1, 3);
  expect(second?.messages[0]).toEqual(world.batchModel.made[1]?.requests[0]?.request.messages.at(-1));
});

test("a cancel ends a run that waits in a batch at once; what its turn may cost is possible spend, and its answer is not used", async () => {
  const world = withController();
  const ids = await relaxed(world, 2);
  world.start();
  await world.clock.advanceUntil(() => world.batchModel.made.length === 1, 60_000);
  await world.clock.advance(2_000);
  const [cancelled, other] = ids;
  if (cancelled === undefined || other === undefined) throw new Error("no runs");
  const head = await world.head(cancelled);
  const write = endFromOutside(head, { reason: "cancelled-by-user", nowMs: world.clock.nowMs() });
  expect((await world.runs.write(cancelled, write)).kind).toBe("written");
  await allEnd(world, ids);
  const after = await world.head(cancelled);
  expect(after).toMatchObject({ state: "CANCELLED", turn: 1, inDoubt: 1, possibleMicroUsd: head.reservedMicroUsd });
  expect(after.flight).toBeUndefined();
  expect(await world.head(other)).toMatchObject({ state: "SUCCEEDED" });
});

test("the deadline ends a run whose batch takes too long", async () => {
  const world = withController();
  world.batchModel.takes(24 * HOUR);
  const id = await world.submit({ relaxed: true, deadlineAtMs: world.clock.nowMs() + 20 * MINUTE });
  world.start();
  await allEnd(world, [id], HOUR);
  expect(await world.head(id)).toMatchObject({ state: "TIMED_OUT", reason: "deadline", inDoubt: 1 });
});

test("a worker that drains sends nobody who still waits to be sent, and gives them back", async () => {
  const world = withController();
  const ids = await relaxed(world, 2);
  const worker = world.start();
  await world.clock.advanceUntil(
    async () => (await heads(world, ids)).every(({ state }) => state === "RUNNING"),
    5_000,
  );
  worker.heed({ source: "test", atMs: world.clock.nowMs() });
  await world.clock.advance(2_500);
  expect(worker.mode).toBe("STOPPED");
  for (const head of await heads(world, ids)) expect(head).toMatchObject({ state: "QUEUED", inDoubt: 0 });
  expect(world.batchModel.made).toHaveLength(0);
});

test("runs that may not wait, and a worker with batches turned off, call at once", async () => {
  const world = withController();
  const [normal] = [await world.submit()];
  world.start();
  await allEnd(world, [normal]);
  const off = withController();
  off.saving.off.push("batches");
  const ids = await relaxed(off, 2);
  off.start();
  await allEnd(off, ids);
  expect(world.batchModel.made.length + off.batchModel.made.length).toBe(0);
});

test("a pure agent's answer from a batch is kept, and used by runs that come after it", async () => {
  const world = withController();
  world.batchModel.otherwise(() => say('{"answer":"yes"}'));
  const relaxedPure = () => world.submit({ relaxed: true, deadlineAtMs: deadlineAtMs(world), tenant }, "pure");
  const first = await relaxedPure();
  world.start();
  await allEnd(world, [first]);
  const rest = [await relaxedPure(), await world.submit({ tenant }, "pure")];
  await allEnd(world, rest);
  expect(world.batchModel.made).toHaveLength(1);
  expect(world.model.calls).toHaveLength(0);
  for (const head of await heads(world, rest)) expect(head).toMatchObject({ state: "SUCCEEDED", spentMicroUsd: 0 });
});

test("equal relaxed runs of a pure agent go in one batch together", async () => {
  const world = withController();
  world.batchModel.otherwise(() => say('{"answer":"yes"}'));
  const pure = { relaxed: true, deadlineAtMs: deadlineAtMs(world), tenant };
  const ids = await Promise.all(Array.from({ length: 6 }, () => world.submit(pure, "pure")));
  world.start();
  await allEnd(world, ids);
  expect(world.batchModel.made.map(({ status }) => status.size)).toEqual([6]);
});

test("a turn that asks for clearing is a call of its own: a batch could not, and it would cost more than was reserved", async () => {
  const world = withController();
  const long = { inputTokens: 60_000 };
  world.batchModel.otherwise(() => ({ ...ask([{ id: "a", name: "pure", input: { words: "a" } }]), usage: long }));
  const [id] = await Promise.all([
    world.submit({ relaxed: true, deadlineAtMs: deadlineAtMs(world), budgetMicroUsd: 10_000_000 }),
  ]);
  world.model.otherwise(() => say("Done."));
  world.start();
  await allEnd(world, [id], 6 * HOUR);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", turn: 3 });
  expect(world.batchModel.made).toHaveLength(1);
  expect(world.model.calls.map(({ turn, clearing }) => [turn, clearing?.keepToolUses])).toEqual([[2, 3]]);
});
