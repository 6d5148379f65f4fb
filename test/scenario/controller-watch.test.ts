import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import { commitTurn, markCancel } from "../../services/core/lifecycle.ts";
import { aUsage } from "../support/builders.ts";
import { aFleet, type Fleet } from "./controller-fixture.ts";

const SECOND = 1_000;
/** A death is seen at the first look after `deadAfterMs` of silence. */
const DEATH_MS = limits.deadAfterMs + limits.heartbeatMs + 2 * limits.watchMs;

describe("watch and reclaim", () => {
  let fleet: Fleet;
  beforeEach(() => {
    fleet = aFleet();
  });
  afterEach(() => fleet.end());

  test("a silent worker is buried and its runs are in the queue again, each with one fresh wake-up", async () => {
    const { clock, world, control, worker, held, read, messages } = fleet;
    const { workerId, die } = worker();
    control();
    await clock.advance(SECOND);
    const heads = await Promise.all(Array.from({ length: 25 }, () => held(workerId)));
    die();
    await clock.advance(DEATH_MS);
    expect(world.events.of("worker.buried")).toHaveLength(1);
    const wakes = await messages();
    expect(wakes).toHaveLength(heads.length);
    for (const before of heads) {
      const after = await read(before.runId);
      expect(after).toMatchObject({ state: "QUEUED", epoch: before.epoch + 1, interruptions: 1, inDoubt: 1 });
      expect(wakes.filter((wake) => wake.runId === before.runId).map((wake) => wake.wakeId)).toEqual([after.wakeId]);
    }
    expect(await world.fleet.beat({ ...(await item(fleet, workerId)), counter: 99 }, [])).toEqual({ kind: "buried" });
  });

  test("a beating worker keeps its runs", async () => {
    const { clock, world, control, worker, held, read } = fleet;
    const { workerId } = worker();
    control();
    const head = await held(workerId);
    await clock.advance(5 * limits.deadAfterMs);
    expect(world.events.of("worker.buried")).toEqual([]);
    expect(await read(head.runId)).toEqual(head);
  });

  test("an end that a supervisor saw needs no silence", async () => {
    const { clock, control, worker, held, read } = fleet;
    const { workerId, die } = worker();
    const controller = control();
    await clock.advance(SECOND);
    const head = await held(workerId);
    die();
    controller.reportEnd(workerId);
    await clock.advance(1);
    expect(await read(head.runId)).toMatchObject({ state: "QUEUED", interruptions: 1 });
  });

  test("a report that the store did not take is not forgotten", async () => {
    const { clock, world, control, worker, held, read } = fleet;
    const { workerId, die } = worker();
    const controller = control();
    await clock.advance(SECOND);
    const head = await held(workerId);
    die();
    world.faults.failNext("fleet.bury", new Error("store down"));
    controller.reportEnd(workerId);
    await clock.advance(1);
    expect(await read(head.runId)).toMatchObject({ state: "RUNNING" });
    await clock.advance(2 * limits.watchMs);
    expect(await read(head.runId)).toMatchObject({ state: "QUEUED" });
  });

  test("a dead worker's run that cannot be read for long is moved when it can be", async () => {
    const { clock, world, control, worker, held, read } = fleet;
    const { workerId, die } = worker();
    const controller = control();
    await clock.advance(SECOND);
    const head = await held(workerId);
    die();
    world.faults.spoilt.add(head.runId);
    controller.reportEnd(workerId);
    await clock.advance(3 * limits.reclaimForMs);
    world.faults.spoilt.delete(head.runId);
    expect(await read(head.runId)).toMatchObject({ state: "RUNNING" });
    await clock.advance(10 * limits.watchMs);
    expect(await read(head.runId)).toMatchObject({ state: "QUEUED", interruptions: 1 });
  });

  test("a claim that shows in the index only after the burial is found too", async () => {
    const { clock, control, worker, held, read } = fleet;
    const { workerId, die } = worker();
    const controller = control();
    await clock.advance(SECOND);
    die();
    controller.reportEnd(workerId);
    await clock.advance(limits.reclaimForMs / 2);
    const late = await held(workerId);
    await clock.advance(2 * limits.watchMs);
    expect(await read(late.runId)).toMatchObject({ state: "QUEUED" });
  });

  test("runs of a worker that another controller buried and left are moved", async () => {
    const { clock, world, control, worker, held, read } = fleet;
    const { workerId, die } = worker();
    await clock.advance(SECOND);
    const head = await held(workerId);
    die();
    await world.fleet.bury(workerId, "end-seen", clock.nowMs());
    await clock.advance(10 * limits.reclaimForMs);
    control();
    await clock.advance(2 * limits.watchMs);
    expect(await read(head.runId)).toMatchObject({ state: "QUEUED" });
  });

  test("two controllers at once move each run once", async () => {
    const { clock, world, control, worker, held, read, messages } = fleet;
    const { workerId, die } = worker();
    control();
    control();
    await clock.advance(SECOND);
    const heads = await Promise.all(Array.from({ length: 12 }, () => held(workerId)));
    die();
    await clock.advance(DEATH_MS + limits.reclaimForMs);
    for (const { runId, epoch } of heads)
      expect(await read(runId)).toMatchObject({ epoch: epoch + 1, interruptions: 1 });
    const current = new Set((await Promise.all(heads.map(({ runId }) => read(runId)))).map((head) => head.wakeId));
    const wakes = await messages();
    expect(wakes.filter((wake) => current.has(wake.wakeId))).toHaveLength(heads.length);
    expect(world.events.of("run.requeued")).toHaveLength(heads.length);
  });

  test("an outage of the store buries nobody and does not end the watch", async () => {
    const { clock, world, control, worker, held, read } = fleet;
    const { workerId, die } = worker();
    control();
    await clock.advance(10 * SECOND);
    const head = await held(workerId, { timeoutMs: 3_600 * SECOND });
    world.faults.outage(new Error("store down"));
    await clock.advance(10 * limits.deadAfterMs);
    world.faults.heal();
    expect(world.events.of("store.failed").length).toBeGreaterThan(0);
    await clock.advance(2 * limits.deadAfterMs);
    expect(world.events.of("worker.buried")).toEqual([]);
    die();
    await clock.advance(DEATH_MS);
    expect(await read(head.runId)).toMatchObject({ state: "QUEUED" });
  });

  test("a lost answer to the move costs a wait, not the run", async () => {
    const { clock, world, control, worker, held, read, messages } = fleet;
    const { workerId, die } = worker();
    const controller = control();
    await clock.advance(SECOND);
    const head = await held(workerId);
    die();
    world.faults.failNext("runs.write", "lost-answer");
    controller.reportEnd(workerId);
    await clock.advance(limits.resendAfterMs + 2 * limits.sweepEveryMs);
    const after = await read(head.runId);
    expect(after).toMatchObject({ state: "QUEUED", interruptions: 1 });
    expect((await messages()).some((wake) => wake.wakeId === after.wakeId)).toBe(true);
  });
});

describe("forced cancels", () => {
  let fleet: Fleet;
  beforeEach(() => {
    fleet = aFleet();
  });
  afterEach(() => fleet.end());

  test("a holder that does not end a cancelled run loses it within the promise", async () => {
    const { clock, world, control, worker, held, read } = fleet;
    const { workerId } = worker();
    control();
    await clock.advance(3 * SECOND);
    const head = await held(workerId);
    const nowMs = clock.nowMs();
    await world.runs.write(head.runId, markCancel(head, nowMs));
    await world.fleet.notify(workerId, {
      kind: "cancel",
      runId: head.runId,
      untilMs: nowMs + limits.cancelGraceMs,
    });
    await clock.advance(limits.cancelGraceMs - 1);
    expect(await read(head.runId)).toMatchObject({ state: "RUNNING" });
    await clock.advance(limits.cancelWithinMs - limits.cancelGraceMs + 1);
    const after = await read(head.runId);
    expect(after).toMatchObject({ state: "CANCELLED", reason: "cancelled-by-user", epoch: head.epoch + 1 });
    expect(after.endedAtMs ?? 0).toBeLessThanOrEqual(nowMs + limits.cancelWithinMs);
    const lease = { holder: workerId, epoch: head.epoch };
    const commit = commitTurn(head, lease, { ...{ usage: aUsage(), costMicroUsd: 1 }, nextMicroUsd: 0 });
    expect(await world.runs.write(head.runId, commit)).toMatchObject({ kind: "refused" });
  });

  test("an entry of the inbox alone cancels nothing", async () => {
    const { clock, world, control, worker, held, read } = fleet;
    const { workerId } = worker();
    control();
    await clock.advance(SECOND);
    const head = await held(workerId);
    await world.fleet.notify(workerId, { kind: "cancel", runId: head.runId, untilMs: clock.nowMs() });
    await clock.advance(limits.cancelWithinMs);
    expect(await read(head.runId)).toEqual(head);
  });
});

async function item(fleet: Fleet, workerId: Parameters<Fleet["held"]>[0]) {
  const found = await fleet.world.fleet.worker(workerId);
  if (found === undefined) throw new Error("the worker has an item");
  const { drain: _drain, inbox: _inbox, buriedAtMs: _buried, ...beat } = found;
  return beat;
}
