/** The controller measures the fleet: slots, lanes, breakers; what it cannot measure it leaves out. */
import { expect, test } from "vitest";
import type { Pool } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { defaultRateLimit } from "../../services/contract/rate.ts";
import { keys } from "../../services/contract/tables.ts";
import { laneDemand } from "../../services/controller/capacity/lane-demand.ts";
import { measurePass } from "../../services/controller/measure-fleet.ts";
import { firstControl, withBreaker } from "../../services/core/rate-control.ts";
import { aBeat, aHead } from "../support/builders.ts";
import { aWorkerId } from "../support/ids.ts";
import { aFleet } from "./controller-fixture.ts";

const names = ["one", "other"].map((limitClass) => ({ platform: "p", workspace: "w", limitClass }));

async function measured() {
  const fleet = aFleet();
  const { world, clock } = fleet;
  const measure = async () => {
    await measurePass({ ...world, rates: { limiter: world.limiter, names } });
    const told = world.events.of("fleet.measured").at(-1);
    if (told === undefined) throw new Error("nothing was measured");
    return told;
  };
  const beat = (pool: Pool, slots: number, active: number, mode: "RUNNING" | "DRAINING" = "RUNNING") =>
    world.fleet.beat(aBeat({ workerId: aWorkerId(), pool, slots, active, mode, counter: 1 }), []);
  const queue = async (lane: "high" | "low", waitedMs: number) => {
    const createdAtMs = clock.nowMs() - waitedMs;
    const head = aHead({ lane, createdAtMs, dueAtMs: createdAtMs });
    return fleet.queued({ ...head, holder: keys.queueHolder(lane, head.runId) });
  };
  return { ...fleet, measure, beat, queue };
}

test("slots by pool: a worker that drains has none that is free", async () => {
  const { measure, beat } = await measured();
  await beat("spot", 40, 30);
  await beat("spot", 40, 5);
  await beat("spot", 40, 12, "DRAINING");
  await beat("fargate", 10, 0);
  const { pools } = await measure();
  expect(pools.toSorted((a, b) => a.pool.localeCompare(b.pool))).toEqual([
    { pool: "fargate", used: 0, free: 10 },
    { pool: "spot", used: 47, free: 45 },
  ]);
});

test("an empty lane has nobody that waits; of another the one that waits longest is told", async () => {
  const { measure, queue } = await measured();
  for (const waitedMs of [1_000, 90_000, 20_000]) await queue("low", waitedMs);
  const { lanes } = await measure();
  expect(lanes).toEqual([
    { lane: "high", waiting: 0, oldestMs: 0 },
    { lane: "normal", waiting: 0, oldestMs: 0 },
    { lane: "low", waiting: 3, oldestMs: 90_000 },
  ]);
});

test("where the one that waits longest cannot be read, the next of its shard stands for it", async () => {
  const { measure, queue, world, clock } = await measured();
  const runs = await Promise.all(Array.from({ length: 200 }, (_, i) => queue("high", 100_000 - i * 100)));
  const shards = Map.groupBy(runs, ({ holder }) => holder);
  for (const [first] of shards.values()) if (first !== undefined) world.faults.spoilt.add(first.runId);
  const seconds = [...shards.values()].flatMap(([, second]) => second?.dueAtMs ?? []);
  const oldestMs = clock.nowMs() - Math.min(...seconds);
  expect((await measure()).lanes[0]).toEqual({ lane: "high", waiting: 200, oldestMs });
  const demands = await Promise.all(Array.from({ length: limits.queueShards }, (_, turn) => laneDemand(world, turn)));
  const ages = demands.map(({ high }) => (high.kind === "known" ? (high.value.oldestMs ?? 0) : 0));
  expect(Math.min(...ages)).toBeGreaterThan(0);
  expect(Math.max(...ages)).toBe(oldestMs);
});

test("breakers that are not closed are counted; classes that nobody used have none", async () => {
  const { measure, world, clock } = await measured();
  expect((await measure()).breakersOpen).toBe(0);
  const [name] = names;
  if (name === undefined) throw new Error("no class");
  const open = { kind: "open", cause: "operator", atMs: clock.nowMs(), probes: 0 } as const;
  const control = firstControl(defaultRateLimit, 0, clock.nowMs());
  await world.limiter.begin(name, withBreaker(control, open, { rampMs: 0, nowMs: clock.nowMs() }));
  expect((await measure()).breakersOpen).toBe(1);
});

test("what does not answer is told and left out; the rest is measured", async () => {
  const { measure, beat, world } = await measured();
  await beat("spot", 4, 1);
  world.faults.outage(new Error("down"), ["queue.depth", "limiter.read"]);
  const { lanes, pools, breakersOpen } = await measure();
  expect(lanes).toEqual([{ lane: "high" }, { lane: "normal" }, { lane: "low" }]);
  expect(pools).toEqual([{ pool: "spot", used: 1, free: 3 }]);
  expect(breakersOpen).toBeUndefined();
  expect(world.events.of("store.failed").length).toBeGreaterThan(0);
});
