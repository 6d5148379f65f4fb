import { afterEach, beforeEach, expect, test } from "vitest";
import type { RunId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { keys } from "../../services/contract/tables.ts";
import { aHead } from "../support/builders.ts";
import { aFleet, type Fleet } from "./controller-fixture.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

let fleet: Fleet;
beforeEach(() => {
  fleet = aFleet();
});
afterEach(() => fleet.end());

test("a wake-up that was never sent is sent after `resendAfterMs`, once, whatever the shard", async () => {
  const { clock, world, control, queued, read, messages } = fleet;
  const heads = await Promise.all(Array.from({ length: 40 }, () => queued({}, "lost")));
  control();
  await clock.advance(limits.resendAfterMs - 1);
  expect(await messages()).toEqual([]);
  await clock.advance(1 + limits.sweepEveryMs);
  const wakes = await messages();
  expect(wakes.map((wake) => wake.runId).sort()).toEqual(heads.map((head) => head.runId).sort());
  for (const wake of wakes) expect((await read(wake.runId)).wakeId).toBe(wake.wakeId);
  expect(world.events.of("sweep.pass").reduce((sum, pass) => sum + pass.resent, 0)).toBe(heads.length);
});

test("a message that the queue did not take is sent again later", async () => {
  const { clock, world, control, queued, messages } = fleet;
  const head = await queued({}, "lost");
  control();
  world.queue.refuseNext(1);
  await clock.advance(limits.resendAfterMs + limits.sweepEveryMs);
  expect(await messages()).toEqual([]);
  expect(world.events.of("store.failed")).toHaveLength(1);
  await clock.advance(limits.resendAfterMs + limits.sweepEveryMs);
  expect(await messages()).toMatchObject([{ runId: head.runId }]);
});

test("an honest backlog is left alone: nothing was claimed yet, the messages wait", async () => {
  const { clock, world, control, queued, read } = fleet;
  const heads = await Promise.all(Array.from({ length: 30 }, () => queued()));
  control();
  await clock.advance(30 * MINUTE);
  for (const head of heads) expect((await read(head.runId)).wakeId).toBe(head.wakeId);
  expect(world.events.of("sweep.pass")).toEqual([]);
});

test("in a backlog that is worked off, only what is older than twice the lane's wait is sent again", async () => {
  const { clock, control, worker, queued, held, read } = fleet;
  const { workerId } = worker();
  const lost = await queued({}, "lost");
  await clock.advance(5 * MINUTE);
  const waiting = await queued({ createdAtMs: clock.nowMs() - 4 * MINUTE, dueAtMs: clock.nowMs() - 4 * MINUTE });
  control();
  for (let claims = 0; claims < 21; claims++) {
    await held(workerId, { createdAtMs: clock.nowMs() - 4 * MINUTE, timeoutMs: 60 * MINUTE });
    await clock.advance(10 * SECOND);
  }
  expect((await read(lost.runId)).wakeId).not.toBe(lost.wakeId);
  expect((await read(waiting.runId)).wakeId).toBe(waiting.wakeId);
});

test("a backlog behind full slots is left alone: what was claimed long ago says nothing of today's wait", async () => {
  const { clock, world, control, worker, queued, held, read } = fleet;
  const { workerId } = worker();
  await held(workerId, { timeoutMs: 60 * MINUTE });
  const waiting = await Promise.all(
    Array.from({ length: 30 }, () => queued({ deadlineAtMs: clock.nowMs() + 120 * MINUTE })),
  );
  control();
  await clock.advance(30 * MINUTE);
  for (const head of waiting) expect((await read(head.runId)).wakeId).toBe(head.wakeId);
  expect(world.events.of("sweep.pass")).toEqual([]);
});

test("deadlines of a long queue are all looked at, page after page, while nothing is due", async () => {
  const { clock, control, queued, read } = fleet;
  const shard = keys.queueHolder("normal", aHead().runId);
  const ids: RunId[] = [];
  while (ids.length < limits.sweepPages * 10 + 15) {
    const { runId } = aHead();
    if (keys.queueHolder("normal", runId) === shard) ids.push(runId);
  }
  // The memory index gives pages of ten: one pass does not reach the end of this shard.
  for (const [i, runId] of ids.entries()) {
    await queued({ runId, dueAtMs: clock.nowMs() + i, deadlineAtMs: clock.nowMs() + 30 * SECOND });
  }
  control();
  await clock.advance(5 * MINUTE);
  for (const runId of ids) expect((await read(runId)).state).toBe("TIMED_OUT");
});

test("a parked run wakes at its time", async () => {
  const { clock, world, control, queued, read, messages } = fleet;
  const { runId } = aHead();
  await queued({ runId, holder: keys.parkHolder(runId), dueAtMs: clock.nowMs() + 90 * SECOND }, "lost");
  control();
  await clock.advance(89 * SECOND);
  expect(await messages()).toEqual([]);
  await clock.advance(limits.sweepEveryMs);
  expect(await messages()).toMatchObject([{ runId }]);
  expect(await read(runId)).toMatchObject({ state: "QUEUED", holder: keys.queueHolder("normal", runId) });
  expect(world.events.of("sweep.pass")).toEqual([{ resent: 0, reclaimed: 0, ended: 0, unparked: 1 }]);
});

test("who waits past the deadline is timed out, in the queue and parked", async () => {
  const { clock, control, queued, read } = fleet;
  const deadlineAtMs = clock.nowMs() + 90 * SECOND;
  const inQueue = await queued({ deadlineAtMs });
  const { runId } = aHead();
  await queued({ runId, deadlineAtMs, holder: keys.parkHolder(runId), dueAtMs: clock.nowMs() + 60 * MINUTE }, "lost");
  control();
  await clock.advance(89 * SECOND);
  expect(await read(inQueue.runId)).toMatchObject({ state: "QUEUED" });
  await clock.advance(limits.overdueEveryMs);
  for (const id of [inQueue.runId, runId])
    expect(await read(id)).toMatchObject({ state: "TIMED_OUT", reason: "deadline", turn: 1 });
});

test("a live worker that keeps a run over its time loses it; in time it keeps it", async () => {
  const { clock, control, worker, held, read } = fleet;
  const { workerId } = worker();
  control();
  await clock.advance(SECOND);
  const over = await held(workerId, { timeoutMs: 30 * SECOND });
  const within = await held(workerId, { timeoutMs: 60 * MINUTE });
  await clock.advance(30 * SECOND + limits.cancelWithinMs + limits.overdueEveryMs);
  expect(await read(over.runId)).toMatchObject({ state: "TIMED_OUT", reason: "active-timeout" });
  expect(await read(within.runId)).toEqual(within);
});

test("more than a pass may look at is worked off over the passes, and twice at once does it once", async () => {
  const { clock, world, control, queued, messages } = fleet;
  const perPass = limits.sweepPages * 10;
  const shards = limits.queueShards;
  const heads = await Promise.all(Array.from({ length: perPass * shards + 100 }, () => queued({}, "lost")));
  control();
  control();
  const wakes: Awaited<ReturnType<typeof messages>> = [];
  await clock.advance(limits.resendAfterMs);
  for (let pass = 0; pass < 5; pass++) {
    await clock.advance(limits.sweepEveryMs);
    wakes.push(...(await messages()));
  }
  expect(new Set(wakes.map((wake) => wake.runId)).size).toBe(heads.length);
  expect(wakes).toHaveLength(heads.length);
  expect(world.events.of("store.failed")).toEqual([]);
});

test("a pass that finds nothing says nothing, and a failing store is survived", async () => {
  const { clock, world, control, queued, messages } = fleet;
  control();
  await clock.advance(2 * MINUTE);
  expect(world.events.all.filter(({ name }) => name !== "controller.leads")).toEqual([]);
  await queued({}, "lost");
  world.faults.outage(new Error("store down"), ["index.byHolder"]);
  await clock.advance(2 * limits.resendAfterMs);
  expect(world.events.of("store.failed").length).toBeGreaterThan(0);
  world.faults.heal();
  await clock.advance(2 * limits.sweepEveryMs);
  expect(await messages()).toHaveLength(1);
});
