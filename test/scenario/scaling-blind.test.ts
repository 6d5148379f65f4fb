/** The controller scales although something cannot be read, as far as what it knows goes. */
import { expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import { aScaledFleet } from "./scaling-fixture.ts";

const MINUTE = 60_000;
const none = { min: 0, desired: 0 };
const pools = {
  spot: { ...none, max: 50 },
  "on-demand": { min: 1, max: 20, desired: 1 },
  "fargate-spot": { ...none, max: 200 },
  fargate: { ...none, max: 200 },
};

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
