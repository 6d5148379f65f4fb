/** What passes of the controller cost: calls of the store and the queue, whatever the number of healthy runs. */
import { describe, expect, test } from "vitest";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { type Lane, lanes } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import type { RunHead } from "../../services/contract/run.ts";
import { keys } from "../../services/contract/tables.ts";
import { Graves } from "../../services/controller/graves.ts";
import { backlogPass } from "../../services/controller/measure-backlog.ts";
import { reclaimPass } from "../../services/controller/reclaim.ts";
import { type Sweeping, sweepPass } from "../../services/controller/sweep.ts";
import { type Watching, watchPass } from "../../services/controller/watch.ts";
import type { World } from "../../services/controller/world.ts";
import { claim, wakeOf } from "../../services/core/lifecycle.ts";
import { aBeat, aHead, aTimeMs } from "../support/builders.ts";
import { aRunId, aWakeId } from "../support/ids.ts";

type Calls = Map<string, number>;

/** The same port; every call of a method is counted as `port.method`. */
function counted<P extends object>(port: P, name: string, calls: Calls): P {
  return new Proxy(port, {
    get(target, key, receiver) {
      const value: unknown = Reflect.get(target, key, receiver);
      if (typeof value !== "function") return value;
      return (...given: unknown[]) => {
        const call = `${name}.${String(key)}`;
        calls.set(call, (calls.get(call) ?? 0) + 1);
        return Reflect.apply(value, target, given);
      };
    },
  });
}

const MINUTE_MS = 60_000;

/**
 * Two workers that each claimed a run of each lane, and `runs` runs that wait in `backlogged` lanes: for 5 min where the last
 * claims had waited 6. Nothing is wrong.
 */
async function aHealthyWorld(runs: number, backlogged: readonly Lane[] = lanes) {
  const clock = manualClock(aTimeMs);
  const memory = memoryWorld({ clock, pageSize: limits.sweepPage });
  const calls: Calls = new Map();
  const world: World = {
    ...memory,
    runs: counted(memory.runs, "runs", calls),
    index: counted(memory.index, "index", calls),
    fleet: counted(memory.fleet, "fleet", calls),
    queue: counted<World["queue"]>(memory.queue, "queue", calls),
  };
  async function queue(overrides: Partial<RunHead>) {
    const head = { ...aHead({ dueAtMs: overrides.createdAtMs, ...overrides }), wakeId: aWakeId() };
    await memory.runs.create(head, clock.nowMs());
    return wakeOf(head, head.wakeId);
  }

  let beats = [aBeat({ tenants: { acme: 1 } }), aBeat()];
  async function beat(): Promise<void> {
    beats = beats.map((one) => ({ ...one, counter: one.counter + 1 }));
    for (const one of beats) await memory.fleet.beat(one, []);
  }
  await beat();
  for (const { workerId } of beats) {
    for (const lane of lanes) {
      const wake = await queue({ lane, createdAtMs: aTimeMs - 6 * MINUTE_MS, timeoutMs: 60 * MINUTE_MS });
      await memory.runs.write(wake.runId, claim(wake, { worker: workerId, nonce: "n" }, clock.nowMs()));
    }
  }
  for (let i = 0; i < runs; i++) {
    const lane = backlogged[i % backlogged.length] ?? "normal";
    await memory.queue.send(lane, [await queue({ lane, createdAtMs: aTimeMs - 5 * MINUTE_MS })]);
  }

  const watching: Watching = {
    look: undefined,
    active: undefined,
    steps: undefined,
    heldBack: new Set(),
    graves: new Graves(),
    reported: new Set(),
  };
  const sweeping: Sweeping = { cursors: new Map(), overdueAtMs: undefined, wokenFor: undefined, wakingFor: undefined };
  /** What a pass calls, by name. */
  async function costOf(pass: () => Promise<unknown>): Promise<Record<string, number>> {
    calls.clear();
    await pass();
    return Object.fromEntries(calls);
  }
  const sweep = () => costOf(() => sweepPass(world, sweeping, watching));
  const watch = () => costOf(() => watchPass(world, watching));
  const reclaim = () => costOf(() => reclaimPass(world, watching.graves));
  const measure = () => costOf(() => backlogPass(world, { store: memory.backlog, queuedMax: limits.queuedMax }));
  // The workers are seen beating, and the first look at every deadline is over.
  await watch();
  await beat();
  await watch();
  const firstLook = await sweep();
  return { clock, events: memory.events, queue, beat, firstLook, sweep, watch, reclaim, measure };
}

const total = (cost: Record<string, number>): number => Object.values(cost).reduce((sum, count) => sum + count, 0);
const FEW = 10;
const MANY = 5_000;

describe("healthy queued runs", () => {
  test("cost no pass anything: 5,000 as much as 10, and none of them is read", async () => {
    const passes = async (runs: number) => {
      const world = await aHealthyWorld(runs);
      const costs = [];
      for (let ms = limits.sweepEveryMs; ms < limits.overdueEveryMs; ms += limits.sweepEveryMs) {
        await world.clock.advance(limits.sweepEveryMs);
        await world.beat();
        const [watch, reclaim] = [await world.watch(), await world.reclaim()];
        costs.push({ watch, reclaim, sweep: await world.sweep(), measure: await world.measure() });
      }
      expect(world.events.of("sweep.pass")).toEqual([]);
      return costs;
    };
    const [few, many] = [await passes(FEW), await passes(MANY)];
    expect(few).toHaveLength(limits.overdueEveryMs / limits.sweepEveryMs - 1);
    expect(many).toEqual(few);
    // Depths of three lanes; an empty page of each lane's and of the parked runs' shards; what the sampled workers hold.
    const sampled = 2;
    for (const { sweep } of many)
      expect(sweep).toEqual({
        "queue.depth": 3,
        "index.byHolder": (lanes.length + 1) * limits.queueShards + sampled,
        "runs.read": sampled,
      });
  });

  test("behind one lane, while the others are empty, cost the same: each lane is looked at with its own wait", async () => {
    const costs = async (runs: number) => {
      const world = await aHealthyWorld(runs, ["normal"]);
      const cost = await world.sweep();
      expect(world.events.of("sweep.pass")).toEqual([]);
      return cost;
    };
    expect(await costs(2 * MANY)).toEqual(await costs(FEW));
  });

  test("cost the look at every deadline, once a minute, nothing: an empty page of a shard, and one of a living worker", async () => {
    const looks = async (runs: number) => {
      const world = await aHealthyWorld(runs);
      const between = await world.sweep();
      await world.clock.advance(limits.overdueEveryMs);
      const again = await world.sweep();
      return { first: world.firstLook, between, again };
    };
    const many = await looks(2 * MANY);
    expect(many).toEqual(await looks(FEW));
    const living = 2;
    for (const look of [many.first, many.again])
      expect(look).toEqual({
        ...many.between,
        "index.byHolder": (many.between["index.byHolder"] ?? 0) + living,
        "index.byDeadline": limits.queueShards,
      });
  });
});

test("of waiting runs past their deadline the look reads those, and no others", async () => {
  const cost = async (runs: number) => {
    const { clock, queue, sweep, events } = await aHealthyWorld(runs);
    for (let i = 0; i < 3; i++) await queue({ createdAtMs: aTimeMs, deadlineAtMs: aTimeMs + 30_000 });
    await clock.advance(limits.overdueEveryMs);
    const look = await sweep();
    expect(events.of("sweep.pass")).toMatchObject([{ ended: 3, resent: 0 }]);
    return { written: look["runs.write"], indexed: look["index.byDeadline"] };
  };
  const few = await cost(FEW);
  expect(few).toEqual({ written: 3, indexed: limits.queueShards });
  expect(await cost(MANY)).toEqual(few);
});

test("what is wrong costs the same among 5,000 healthy runs as among 10", async () => {
  const repair = async (runs: number) => {
    const { clock, queue, sweep, events } = await aHealthyWorld(runs);
    for (let i = 0; i < 3; i++) {
      const runId = aRunId();
      await queue({ runId, createdAtMs: aTimeMs, holder: keys.parkHolder(runId), dueAtMs: aTimeMs + 1_000 });
    }
    const before = total(await sweep());
    await clock.advance(limits.sweepEveryMs);
    const cost = await sweep();
    expect(events.of("sweep.pass")).toMatchObject([{ unparked: 3, resent: 0 }]);
    expect(total(cost)).toBeGreaterThan(before);
    return { written: cost["runs.write"], before };
  };
  const few = await repair(FEW);
  expect(few.written).toBe(3);
  expect(await repair(MANY)).toEqual(few);
});
