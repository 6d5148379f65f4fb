/** The controller scales although something cannot be read, as far as what it knows goes. */
import { expect, test } from "vitest";
import type { WorkerBeat } from "../../services/contract/fleet.ts";
import { limits } from "../../services/contract/limits.ts";
import { aBeat } from "../support/builders.ts";
import { aWorkerId } from "../support/ids.ts";
import { aScaledFleet, noMachines as none, fourPools as pools } from "./scaling-fixture.ts";

const MINUTE = 60_000;

/** Heartbeats of the controller in the next minute. */
async function heartbeats(fleet: ReturnType<typeof aScaledFleet>): Promise<number> {
  const before = fleet.world.events.of("controller.decided").length;
  await fleet.clock.advance(MINUTE);
  return fleet.world.events.of("controller.decided").length - before;
}

test("who cannot decide for want of data has no heartbeat, so that CloudWatch's steps stand in", async () => {
  const fleet = aScaledFleet({ pools, runMs: 30 * MINUTE });
  fleet.control();
  expect(await heartbeats(fleet)).toBeGreaterThan(4);
  fleet.world.faults.outage(new Error("the store is down"), ["fleet.workers"]);
  fleet.submit(1_000);
  expect(await heartbeats(fleet)).toBe(0);
  fleet.world.faults.heal();
  expect(await heartbeats(fleet)).toBeGreaterThan(4);
});

test("who holds because a person ordered it has decided, and so has who has nothing to do", async () => {
  const fleet = aScaledFleet({ pools: { spot: { ...none, max: 50 } }, runMs: 30 * MINUTE });
  fleet.control();
  expect(await heartbeats(fleet)).toBeGreaterThan(4);
  const order = { hold: true, by: "ann", atMs: fleet.clock.nowMs() };
  await fleet.stores.desk.changeOrder(undefined, order);
  fleet.submit(500);
  expect(await heartbeats(fleet)).toBeGreaterThan(4);
  expect(fleet.machines("spot")).toBe(0);
});

test("whose acts do not go through has no heartbeat", async () => {
  const fleet = aScaledFleet({ pools, runMs: 30 * MINUTE });
  fleet.control();
  await fleet.clock.advance(MINUTE);
  fleet.world.faults.outage(new Error("not authorized"), ["capacity.act"]);
  fleet.submit(500);
  await fleet.clock.advance(limits.decideEveryMs);
  expect(await heartbeats(fleet)).toBe(0);
  fleet.world.faults.heal();
  expect(await heartbeats(fleet)).toBeGreaterThan(4);
});

test("a pool that cannot be read is held alone: the others give what is missing", async () => {
  const fleet = aScaledFleet({ pools, runMs: 30 * MINUTE });
  fleet.control();
  fleet.submit(300);
  await fleet.clock.advance(2 * MINUTE);
  const before = fleet.machines("spot");
  expect(before).toBeGreaterThan(0);
  fleet.capacity.trouble("spot", { kind: "unseen" });
  fleet.submit(600);
  expect(await heartbeats(fleet)).toBeGreaterThan(4);
  await fleet.clock.advance(MINUTE);
  expect(fleet.machines("spot")).toBe(before);
  expect(fleet.waiting).toBe(0);
});

/** A worker that never finds out where it is beats until it is told to drain; when that was. */
async function astray({ clock, world }: ReturnType<typeof aScaledFleet>): Promise<number> {
  let beat: WorkerBeat = aBeat({ workerId: aWorkerId(), pool: "spot", place: undefined, startedAtMs: clock.nowMs() });
  const startMs = clock.monotonicMs();
  for (;;) {
    beat = { ...beat, counter: beat.counter + 1 };
    const answer = await world.fleet.beat(beat, []);
    if (answer.kind !== "alive" || clock.monotonicMs() - startMs > 2 * limits.astrayDrainMs) return Number.NaN;
    if (answer.drain) break;
    await clock.sleep(limits.heartbeatMs);
  }
  await world.fleet.leave(beat.workerId);
  return clock.monotonicMs() - startMs;
}

test("a worker that does not say where it is holds its pool for minutes, not for ever", async () => {
  const fleet = aScaledFleet({
    pools: { spot: { ...none, max: 50 }, fargate: { ...none, max: 4 } },
    runMs: 30 * MINUTE,
  });
  fleet.control();
  await fleet.clock.advance(MINUTE);
  const drained = astray(fleet);
  fleet.submit(500);
  await fleet.clock.advance(limits.astrayDrainMs);
  expect(fleet.machines("spot")).toBe(0);
  await fleet.clock.advance(MINUTE);
  expect(await drained).toBeLessThanOrEqual(limits.astrayDrainMs + limits.decideEveryMs + 2 * limits.heartbeatMs);
  expect(fleet.world.events.of("worker.astray")).toHaveLength(1);
  expect(fleet.machines("spot")).toBeGreaterThan(0);
});

test("a machine that never comes up is ended in time, although its controller changes meanwhile", async () => {
  const fleet = aScaledFleet({ pools: { spot: { min: 1, max: 5, desired: 1 } }, runMs: MINUTE, boots: false });
  const startMs = fleet.clock.monotonicMs();
  for (let controllers = 0; controllers < 3; controllers++) {
    const die = fleet.control();
    await fleet.clock.advance(4 * MINUTE);
    die();
  }
  expect(fleet.clock.monotonicMs() - startMs).toBeLessThan(limits.bootFailedMs + 3 * MINUTE);
  expect(fleet.capacity.ended).toHaveLength(1);
});
