/** What cannot be read keeps no pass from the rest: a shard, a run, a worker's item. */
import { afterEach, beforeEach, expect, test } from "vitest";
import { limits } from "../../services/contract/limits.ts";
import { keys, shardOf } from "../../services/contract/tables.ts";
import { aHead } from "../support/builders.ts";
import { aFleet, type Fleet } from "./controller-fixture.ts";

const MINUTE = 60_000;

let fleet: Fleet;
beforeEach(() => {
  fleet = aFleet();
});
afterEach(() => fleet.end());

const broken = (what = "it") => Promise.reject(new Error(`${what} does not parse`));

/** From now on this part of an index cannot be read. */
function unreadablePart({ world }: Fleet, name: "byHolder" | "byDeadline", part: string): void {
  const { index } = world;
  const real = index[name].bind(index);
  const read: typeof real = (key, ...rest) => (key === part ? broken(part) : real(key, ...rest));
  Object.assign(index, { [name]: read });
}

/** A lost run, a parked one that is due when that one is looked for, and one past its deadline later. */
async function threeToMove({ clock, queued }: Fleet) {
  const lost = await queued({}, "lost");
  const { runId } = aHead();
  const parked = await queued(
    { runId, holder: keys.parkHolder(runId), dueAtMs: clock.nowMs() + limits.resendAfterMs },
    "lost",
  );
  const over = await queued({ deadlineAtMs: clock.nowMs() + 90_000 }, "lost");
  return { lost, parked, over };
}

async function expectMoved({ read, world }: Fleet, { lost, parked, over }: Awaited<ReturnType<typeof threeToMove>>) {
  expect((await read(lost.runId)).wakeId).not.toBe(lost.wakeId);
  expect((await read(parked.runId)).wakeId).not.toBe(parked.wakeId);
  expect(await read(over.runId)).toMatchObject({ state: "TIMED_OUT" });
  expect(world.events.of("store.failed").length).toBeGreaterThan(0);
}

test.each(["byHolder QUEUE#high#0", "byHolder PARK#0", "byDeadline OPEN#0"])(
  "%s that cannot be read: the sweep does the rest of its pass",
  async (place) => {
    const [name, part = ""] = place.split(" ");
    unreadablePart(fleet, name === "byHolder" ? "byHolder" : "byDeadline", part);
    let three = await threeToMove(fleet);
    while ([three.parked, three.over].some(({ runId }) => shardOf(runId, limits.queueShards) === 0)) {
      three = await threeToMove(fleet);
    }
    fleet.control();
    await fleet.clock.advance(3 * MINUTE);
    await expectMoved(fleet, three);
  },
);

test("parts that fail apart from each other, waiting runs and those over their time: the pass tells both", async () => {
  const parts = ["QUEUE#high#0", "OPEN#0"] as const;
  unreadablePart(fleet, "byHolder", parts[0]);
  unreadablePart(fleet, "byDeadline", parts[1]);
  fleet.control();
  await fleet.clock.advance(MINUTE);
  const told = fleet.world.events.of("store.failed").map(({ message }) => message);
  expect(told.some((message) => parts.every((part) => message.includes(part)))).toBe(true);
});

test("one run that cannot be read: those of its page are moved", async () => {
  const { clock, control, queued, read } = fleet;
  const heads = await Promise.all(Array.from({ length: 40 }, () => queued({}, "lost")));
  const [bad, ...others] = heads;
  if (bad === undefined) throw new Error("40 runs are there");
  fleet.world.faults.spoilt.add(bad.runId);
  control();
  await clock.advance(limits.resendAfterMs + 2 * limits.sweepEveryMs);
  for (const { runId, wakeId } of others) expect((await read(runId)).wakeId).not.toBe(wakeId);
});

test("one shard of the fleet that cannot be read: the silent of the others are buried, its own when it can", async () => {
  const { clock, world, control, worker } = fleet;
  const workers = Array.from({ length: 12 }, () => worker());
  control();
  await clock.advance(limits.heartbeatMs * 2);
  const shardOfFirst = shardOf(workers[0]?.workerId ?? "", limits.fleetShards);
  const all = world.fleet.workers.bind(world.fleet);
  let fails = true;
  Object.assign(world.fleet, { workers: (shard: number) => (fails && shard === shardOfFirst ? broken() : all(shard)) });
  for (const { die } of workers) die();
  await clock.advance(limits.deadAfterMs + limits.heartbeatMs + limits.watchMs);
  const apart = workers.filter(({ workerId }) => shardOf(workerId, limits.fleetShards) === shardOfFirst).length;
  expect(apart).toBeLessThan(workers.length);
  expect(world.events.of("worker.buried")).toHaveLength(workers.length - apart);
  fails = false;
  await clock.advance(limits.deadAfterMs + limits.heartbeatMs + limits.watchMs);
  expect(world.events.of("worker.buried")).toHaveLength(workers.length);
});
