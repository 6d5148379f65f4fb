/** What AWS says of machines and tasks reaches the workers there, and their runs, before silence would. */
import { expect, test } from "vitest";
import { ask, say } from "../../services/adapters/memory/scripted-model.ts";
import type { Place } from "../../services/contract/fleet.ts";
import { limits } from "../../services/contract/limits.ts";
import { applyFleetEvent } from "../../services/controller/fleet-events.ts";
import { isEnded } from "../../services/core/lifecycle.ts";
import {
  anInstanceId,
  aTask,
  containerInstanceState,
  instanceState,
  rebalance,
  spotWarning,
  taskState,
} from "../support/aws-events.ts";
import { aFleet, type Fleet } from "./controller-fixture.ts";
import { aWorld } from "./worker-fixture.ts";

const ended = { lastStatus: "STOPPED", desiredStatus: "STOPPED", stoppedReason: "Host EC2 terminated." };

/** A worker with runs that its machine takes away. */
async function aPlaced(fleet: Fleet, place: Place, runs = 3) {
  const { workerId, die } = fleet.worker(place);
  await fleet.clock.advance(1);
  const heads = await Promise.all(Array.from({ length: runs }, () => fleet.held(workerId)));
  return { workerId, die, heads };
}

test("a task that stopped: its runs are queued again at once, without a controller, once each", async () => {
  const fleet = aFleet();
  const taskArn = aTask();
  const { workerId, die, heads } = await aPlaced(fleet, { taskArn });
  const other = await aPlaced(fleet, { taskArn: aTask() });
  die();
  const event = taskState(taskArn, ended, fleet.clock.nowMs());
  expect(await applyFleetEvent(fleet.world, event)).toEqual({ kind: "end", workers: 1 });
  for (const { runId, epoch } of heads)
    expect(await fleet.read(runId)).toMatchObject({ state: "QUEUED", epoch: epoch + 1, interruptions: 1, inDoubt: 1 });
  expect(fleet.world.events.of("run.requeued").map(({ reason }) => reason)).toEqual(heads.map(() => "worker-lost"));
  expect(fleet.world.events.of("worker.buried")).toMatchObject([{ workerId }]);
  expect(await fleet.messages()).toHaveLength(heads.length);
  for (const { runId } of other.heads) expect(await fleet.read(runId)).toMatchObject({ state: "RUNNING" });
  await fleet.end();
});

test("twice, and beside a controller that saw the end too: each run moves once", async () => {
  const fleet = aFleet();
  const taskArn = aTask();
  const { workerId, die, heads } = await aPlaced(fleet, { taskArn });
  const controller = fleet.control();
  die();
  controller.reportEnd(workerId);
  const event = taskState(taskArn, ended, fleet.clock.nowMs());
  const again = () => applyFleetEvent(fleet.world, event);
  await Promise.all([again(), again(), fleet.clock.advance(1)]);
  await again();
  await fleet.clock.advance(limits.reclaimForMs);
  for (const { runId, epoch } of heads) expect(await fleet.read(runId)).toMatchObject({ epoch: epoch + 1 });
  expect(fleet.world.events.of("worker.buried")).toHaveLength(1);
  expect(fleet.world.events.of("run.requeued")).toHaveLength(heads.length);
  await fleet.end();
});

test("a store that fails in the middle: the call throws, and the event delivered again ends the work", async () => {
  for (const operation of ["fleet.workers", "fleet.bury", "index.byHolder", "runs.write"] as const) {
    const fleet = aFleet();
    const taskArn = aTask();
    const { die, heads } = await aPlaced(fleet, { taskArn });
    die();
    const event = taskState(taskArn, ended, fleet.clock.nowMs());
    fleet.world.faults.failNext(operation, new Error("store down"));
    await expect(applyFleetEvent(fleet.world, event)).rejects.toThrow();
    await applyFleetEvent(fleet.world, event);
    for (const { runId } of heads) expect(await fleet.read(runId)).toMatchObject({ state: "QUEUED", interruptions: 1 });
    await fleet.end();
  }
});

test("what is malformed is told and changes nothing; what is for others is left alone", async () => {
  const fleet = aFleet();
  const taskArn = aTask();
  const { heads } = await aPlaced(fleet, { taskArn });
  const good = taskState(taskArn, ended);
  const { taskArn: _gone, ...detail } = good.detail;
  const broken = [
    ...[undefined, null, 7, "x", [], {}, { "detail-type": 3 }, { ...good, detail }, { ...good, detail: null }],
    ...[{ ...good, time: "yesterday" }, spotWarning("i-1; drop table"), { ...spotWarning("x"), detail: {} }],
  ];
  for (const input of broken) expect(await applyFleetEvent(fleet.world, input)).toEqual({ kind: "malformed" });
  expect(fleet.world.events.of("fleet-event.malformed")).toHaveLength(broken.length);
  for (const kind of ["ECS Service Action", "EC2 Instance Launch Unsuccessful"])
    expect(await applyFleetEvent(fleet.world, { ...good, "detail-type": kind })).toEqual({ kind: "ignored" });
  const unknown = [taskState(aTask(), ended), instanceState(anInstanceId(), "terminated")];
  for (const input of unknown) expect(await applyFleetEvent(fleet.world, input)).toEqual({ kind: "nothing" });
  for (const { runId } of heads) expect(await fleet.read(runId)).toMatchObject({ state: "RUNNING", interruptions: 0 });
  await fleet.end();
});

test("an event that asks for nothing costs no read of the fleet", async () => {
  const fleet = aFleet();
  fleet.world.faults.failNext("fleet.workers", new Error("nobody may ask"));
  const starts = taskState(aTask(), { lastStatus: "PENDING", desiredStatus: "RUNNING" });
  expect(await applyFleetEvent(fleet.world, starts)).toEqual({ kind: "nothing" });
  await fleet.end();
});

test("a machine that is gone: a worker elsewhere resumes its run long before silence would be death", async () => {
  const world = aWorld();
  const instanceId = anInstanceId();
  const first = world.startAt({ instanceId }, 1);
  const id = await world.submit();
  world.model.script(id, [{ kind: "stall" }]);
  await world.until(id, (head) => head.state === "RUNNING");
  world.start();
  await world.clock.advance(1_000);
  const atMs = world.clock.nowMs();
  await applyFleetEvent(world, instanceState(instanceId, "terminated", atMs));
  await world.until(id, (head) => isEnded(head.state), 5_000);
  expect(world.clock.nowMs() - atMs).toBeLessThan(limits.deadAfterMs / 4);
  expect(await world.head(id)).toMatchObject({ state: "SUCCEEDED", interruptions: 1, inDoubt: 1 });
  // Had AWS been wrong, the worker would learn of its burial and stop without a write.
  await world.clock.advanceUntil(() => first.mode === "STOPPED", 2 * limits.heartbeatMs);
});

/** A worker on an instance with a run whose first turn takes so long. */
async function aBusyWorker(turnMs: number) {
  const world = aWorld();
  const instanceId = anInstanceId();
  const worker = world.startAt({ instanceId });
  const id = await world.submit({ timeoutMs: 600_000 });
  world.model.script(id, [ask([{ id: "a", name: "pure", input: { words: "a" } }], turnMs), say("end")]);
  await world.until(id, (head) => head.state === "RUNNING");
  return { world, instanceId, worker, id };
}

test("a Spot warning drains the worker by its deadline: a turn that fits is committed; a duplicate changes nothing", async () => {
  const { world, instanceId, worker, id } = await aBusyWorker(80_000);
  const warning = spotWarning(instanceId, world.clock.nowMs());
  expect(await applyFleetEvent(world, warning)).toEqual({ kind: "drain", workers: 1 });
  expect(await applyFleetEvent(world, warning)).toEqual({ kind: "nothing" });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 105_000);
  expect(await world.head(id)).toMatchObject({ state: "QUEUED", turn: 2, inDoubt: 0, interruptions: 1 });
  const deadlineAtMs = Date.parse(warning.time) + limits.spotNoticeMs;
  expect(world.events.of("worker.notice")).toMatchObject([{ source: "drain-flag", deadlineAtMs }]);
});

test("a Spot warning that comes late leaves what is left of its two minutes", async () => {
  const { world, instanceId, worker, id } = await aBusyWorker(80_000);
  await world.clock.advance(5_000);
  const madeAtMs = world.clock.nowMs();
  await world.clock.advance(65_000);
  await applyFleetEvent(world, spotWarning(instanceId, madeAtMs));
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", 25_000);
  expect(world.clock.nowMs()).toBeLessThanOrEqual(madeAtMs + limits.spotNoticeMs - limits.drainMarginMs);
  expect((await world.head(id)).state).toBe("QUEUED");
});

test("a rebalance recommendation cordons, a draining container instance drains, each through the heartbeat", async () => {
  const world = aWorld();
  const instanceId = anInstanceId();
  const worker = world.startAt({ instanceId });
  await world.clock.advance(1_000);
  const tell = (event: unknown) => applyFleetEvent(world, event);
  expect(await tell(rebalance(instanceId, world.clock.nowMs()))).toEqual({ kind: "cordon", workers: 1 });
  await world.clock.advanceUntil(() => worker.mode === "CORDONED", limits.heartbeatMs + 1_000);
  await world.clock.advance(2 * limits.heartbeatMs);
  expect(await tell(rebalance(instanceId, world.clock.nowMs()))).toEqual({ kind: "nothing" });
  const draining = containerInstanceState(instanceId, "DRAINING", world.clock.nowMs());
  expect(await tell(draining)).toEqual({ kind: "drain", workers: 1 });
  await world.clock.advanceUntil(() => worker.mode === "STOPPED", limits.heartbeatMs + 1_000);
});
