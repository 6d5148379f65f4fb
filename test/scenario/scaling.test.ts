/** The controller scales: real decisions and acts on pools in memory, with what goes wrong with real ones. */
import { expect, test } from "vitest";
import type { PoolTarget } from "../../services/contract/capacity.ts";
import { limits } from "../../services/contract/limits.ts";
import { decide } from "../../services/core/capacity/decide.ts";
import { aScaledFleet, type FleetOptions, fourPools as pools } from "./scaling-fixture.ts";

const MINUTE = 60_000;

test("Spot drought in the peak: other pools stand in within 30 s, Spot comes back, no run is lost", async () => {
  const fleet = aScaledFleet({ pools, runMs: 5 * MINUTE });
  fleet.control();
  await fleet.clock.advance(MINUTE);
  fleet.capacity.trouble("spot", { kind: "drought", room: 0 });
  fleet.submit(1_000);
  const droughtMs = fleet.clock.monotonicMs();
  await fleet.clock.advanceUntil(() => fleet.machines("fargate-spot", "fargate", "on-demand") > 1, 30_000);
  expect(fleet.clock.monotonicMs() - droughtMs).toBeLessThanOrEqual(30_000);
  let submitted = 1_000;
  for (let minute = 0; minute < 12; minute++) {
    await fleet.clock.advance(MINUTE);
    submitted += 200;
    fleet.submit(200);
  }
  expect(fleet.machines("spot")).toBe(0);
  expect(fleet.waiting).toBeLessThan(300);
  const standIns = fleet.machines("fargate-spot", "fargate");
  expect(standIns).toBeGreaterThan(0);
  fleet.capacity.trouble("spot", undefined);
  for (let minute = 0; minute < 10; minute++) {
    await fleet.clock.advance(MINUTE);
    submitted += 200;
    fleet.submit(200);
  }
  expect(fleet.machines("spot")).toBeGreaterThan(5);
  await fleet.clock.advance(5 * MINUTE);
  expect(fleet.waiting + fleet.active + fleet.done).toBe(submitted);
  expect(fleet.machines("fargate-spot", "fargate")).toBeLessThan(standIns);
  expect(fleet.interrupted).toBe(0);
  const refused = (await fleet.stores.log.list(1_000)).filter((event) => event.kind === "refused");
  expect(refused[0]).toMatchObject({ pool: "spot", answer: "no-capacity" });
});

const quickly = { scaleIn: { windowMs: 2 * MINUTE, tolerance: 0.1, perMinute: 0.5, patienceMs: 15 * MINUTE } };

test("a burst and its end: the fleet grows in seconds, shrinks by drain, and no run is interrupted", async () => {
  const fleet = aScaledFleet({ pools, runMs: 2 * MINUTE, policy: quickly });
  fleet.control();
  await fleet.clock.advance(MINUTE);
  fleet.submit(2_000);
  await fleet.clock.advance(2 * MINUTE);
  expect(fleet.slots()).toBeGreaterThanOrEqual(2_000);
  await fleet.clock.advanceUntil(() => fleet.done === 2_000, 10 * MINUTE);
  await fleet.clock.advanceUntil(() => fleet.machines("spot", "fargate-spot", "fargate") === 0, 90 * MINUTE);
  expect(fleet.machines("on-demand")).toBe(1);
  expect(fleet.interrupted).toBe(0);
});

const endsForCordons = (targets: readonly PoolTarget[]): PoolTarget[] =>
  targets.map((one) => ({ ...one, cordon: [], end: [...one.end, ...one.cordon] }));

async function interruptedBy(bug: Pick<FleetOptions, "decide" | "tell">): Promise<number> {
  const fleet = aScaledFleet({ pools, runMs: 4 * MINUTE, policy: quickly, ...bug });
  fleet.control();
  await fleet.clock.advance(MINUTE);
  fleet.submit(2_000);
  await fleet.clock.advance(4 * MINUTE);
  fleet.submit(100);
  await fleet.clock.advance(10 * MINUTE);
  return fleet.interrupted;
}

test("planted: a scale-in that ends machines instead of draining them interrupts runs, and is seen", async () => {
  expect(await interruptedBy({ tell: endsForCordons })).toBeGreaterThan(0);
});

test("a decision that ends machines instead of draining them ends none on which a worker lives", async () => {
  const decideWrong: typeof decide = (snapshot, policy, nowMs) => {
    const decision = decide(snapshot, policy, nowMs);
    return { ...decision, targets: endsForCordons(decision.targets) };
  };
  expect(await interruptedBy({ decide: decideWrong })).toBe(0);
});

test("the controller is dead for ten minutes: the next one goes on, and does not thrash", async () => {
  const fleet = aScaledFleet({ pools, runMs: 5 * MINUTE });
  const die = fleet.control();
  fleet.submit(600);
  await fleet.clock.advance(5 * MINUTE);
  const before = fleet.machines("spot", "on-demand", "fargate-spot", "fargate");
  die();
  const epoch = (await fleet.stores.memory.summary())?.epoch ?? 0;
  for (let minute = 0; minute < 10; minute++) {
    await fleet.clock.advance(MINUTE);
    fleet.submit(100);
  }
  fleet.control();
  await fleet.clock.advance(limits.leaseSilentMs + limits.decideEveryMs + 2 * MINUTE);
  expect((await fleet.stores.memory.summary())?.epoch).toBeGreaterThan(epoch);
  const events = await fleet.history();
  const ends = events.filter((event) => event.kind === "target" && event.ended + event.drained + event.cordoned > 0);
  expect(ends).toEqual([]);
  expect(fleet.machines("spot", "on-demand", "fargate-spot", "fargate")).toBeGreaterThanOrEqual(before);
  expect(fleet.interrupted).toBe(0);
});

test.each([
  ["throttled", { kind: "throttled" }],
  ["quota", { kind: "quota" }],
  ["partial", { kind: "drought", room: 2 }],
  ["a group that says nothing and gives nothing", { kind: "drought", room: 0, silent: true }],
] as const)("%s acts converge", async (_, trouble) => {
  const fleet = aScaledFleet({ pools, runMs: 10 * MINUTE });
  fleet.control();
  await fleet.clock.advance(MINUTE);
  fleet.capacity.trouble("spot", trouble);
  fleet.submit(700);
  await fleet.clock.advance(3 * MINUTE);
  fleet.capacity.trouble("spot", undefined);
  await fleet.clock.advance(12 * MINUTE);
  expect(fleet.waiting).toBe(0);
  expect(fleet.interrupted).toBe(0);
  expect(fleet.slots()).toBeGreaterThanOrEqual(700 - fleet.done);
});

test("a store that does not answer holds everything; after it the fleet goes on", async () => {
  const fleet = aScaledFleet({ pools, runMs: 30 * MINUTE });
  fleet.control();
  fleet.submit(500);
  await fleet.clock.advance(3 * MINUTE);
  const before = fleet.machines("spot", "fargate-spot", "fargate", "on-demand");
  fleet.world.faults.outage(new Error("the store is down"), ["fleet.workers"]);
  fleet.submit(1_000);
  await fleet.clock.advance(3 * MINUTE);
  expect(fleet.machines("spot", "fargate-spot", "fargate", "on-demand")).toBe(before);
  fleet.world.faults.heal();
  await fleet.clock.advance(3 * MINUTE);
  expect(fleet.machines("spot", "fargate-spot", "fargate", "on-demand")).toBeGreaterThan(before);
});

test("an order holds, a ceiling bounds, and it ends by itself", async () => {
  const fleet = aScaledFleet({ pools, runMs: 30 * MINUTE });
  fleet.control();
  await fleet.clock.advance(MINUTE);
  const nowMs = fleet.clock.nowMs();
  const order = { hold: true, by: "ann", atMs: nowMs, untilMs: nowMs + 5 * MINUTE };
  expect(await fleet.stores.desk.changeOrder(undefined, order)).toBe(true);
  fleet.submit(500);
  await fleet.clock.advance(4 * MINUTE);
  expect(fleet.machines("spot", "fargate-spot", "fargate", "on-demand")).toBe(1);
  await fleet.clock.advance(3 * MINUTE);
  expect(fleet.machines("spot", "fargate-spot", "fargate", "on-demand")).toBeGreaterThan(1);
  expect(await fleet.stores.desk.order()).toBeUndefined();
  const told = (await fleet.history()).filter((event) => event.kind === "order");
  expect(told).toMatchObject([{ what: "expired", by: "ann" }]);
});

test("a kick is decided on within the watch's period, not the decision's", async () => {
  const fleet = aScaledFleet({ pools, runMs: 30 * MINUTE });
  fleet.control();
  await fleet.clock.advance(MINUTE + 1_000);
  fleet.submit(300);
  await fleet.stores.desk.kick("now");
  const sinceMs = fleet.clock.monotonicMs();
  await fleet.clock.advanceUntil(() => fleet.machines("spot", "fargate-spot", "fargate") > 0, limits.decideEveryMs);
  expect(fleet.clock.monotonicMs() - sinceMs).toBeLessThanOrEqual(limits.watchMs + 100);
});
