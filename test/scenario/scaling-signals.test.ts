/** What a decision is told of the fleet's budget, by the account, and of its CPU, by the beats. */
import { expect, test } from "vitest";
import { memoryCapacity } from "../../services/adapters/memory/capacity.ts";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import { noBudgetSettings } from "../../services/contract/budgets.ts";
import type { CapacitySnapshot } from "../../services/contract/capacity.ts";
import { capacityPolicy } from "../../services/contract/capacity-policy.ts";
import { limits } from "../../services/contract/limits.ts";
import { Scaler } from "../../services/controller/capacity/scaler.ts";
import { changeLease } from "../../services/core/budget-account.ts";
import { fleetHour } from "../../services/core/budget-window.ts";
import { decide } from "../../services/core/capacity/decide.ts";
import { aBeat } from "../support/builders.ts";
import { NOON } from "../support/capacity.ts";
import { aWorkerId } from "../support/ids.ts";

const MINUTE = 60_000;
const term = { epoch: 1, isMine: async () => true };

type Given = {
  /** The environment's limit of the hour, in micro-USD. */
  readonly fleet?: number;
  readonly waiting?: number;
  /** Absent: CPU is not measured here. Undefined: the worker does not say. */
  readonly cpu?: { readonly percent: number | undefined };
  /** Its worker does not say on which machine it is: its pool is unknown. */
  readonly astray?: boolean;
};

/** A fleet of ten active runs on one machine, where 500 wait. */
async function aFleet({ fleet, waiting = 500, cpu, astray = false }: Given = {}) {
  const clock = manualClock(NOON);
  const memory = memoryWorld({ clock });
  const depth: typeof memory.queue.depth = async (lane) => ({
    ...{ kind: "known", inFlight: 0, visible: lane === "normal" ? waiting : 0 },
  });
  const world = { ...memory, queue: { ...memory.queue, depth } };
  const capacity = memoryCapacity(world.faults, clock, { pools: { spot: { min: 0, max: 100, desired: 1 } } });
  const worker = aWorkerId();
  const [machine] = capacity.machines;
  const beat = aBeat({
    workerId: worker,
    pool: "spot",
    place: astray ? {} : { instanceId: machine?.id },
    slots: 64,
    active: 10,
  });
  const busy = cpu?.percent === undefined ? {} : { cpuPercent: cpu.percent };
  await world.fleet.beat({ ...beat, ...busy, mode: "RUNNING" }, []);
  const seen: CapacitySnapshot[] = [];
  const scaler = new Scaler(world, {
    ...{ stores: world.scalingStores, capacity, policy: capacityPolicy.parse({}), acts: true },
    ...{ budgets: { fleet }, cpu: cpu !== undefined },
    decide: (snapshot, policy, nowMs) => {
      seen.push(snapshot);
      return decide(snapshot, policy, nowMs);
    },
  });
  let entry: { op: number; leased: number; spent: number } | undefined;
  return {
    ...{ world, clock, scaler },
    signal: () => seen.at(-1)?.budget,
    spend: async (spent: number) => {
      const to = { op: (entry?.op ?? 0) + 1, leased: spent, spent };
      const move = changeLease(worker, { from: entry, to, limit: 1e9 });
      await world.budgets.move(fleetHour(clock.nowMs()).id, move);
      entry = to;
    },
    decide: async () => {
      await scaler.decide(term);
      return world.scalingStores.memory.summary();
    },
  };
}

test("without a limit there is none, and the need decides", async () => {
  const fleet = await aFleet();
  expect((await fleet.decide())?.slots?.wanted).toBeGreaterThanOrEqual(510);
  expect(fleet.signal()).toEqual({ kind: "none" });
});

test("an hour whose budget is spent launches nothing, and says so; the next hour does", async () => {
  const fleet = await aFleet({ fleet: 1_000_000 });
  await fleet.spend(1_000_000);
  const summary = await fleet.decide();
  expect(summary?.slots?.wanted).toBe(0);
  expect(summary?.because).toContainEqual(expect.objectContaining({ kind: "budget", leftMicroUsd: 0 }));
  await fleet.clock.advance(60 * MINUTE);
  expect((await fleet.decide())?.slots?.wanted).toBeGreaterThan(500);
});

/** Watches ten runs spend a thousand a minute each, until that is measured. */
async function watched(fleet: Awaited<ReturnType<typeof aFleet>>): Promise<void> {
  let spent = 0;
  for (let ms = 0; ms <= limits.spendPaceMs; ms += limits.decideEveryMs) {
    await fleet.spend(spent);
    await fleet.decide();
    await fleet.clock.advance(limits.decideEveryMs);
    spent = Math.round(((ms + limits.decideEveryMs) / MINUTE) * 10_000);
  }
}

test("what is left pays for so many runs as it was seen that runs spend", async () => {
  const fleet = await aFleet({ fleet: 3_000_000 });
  await watched(fleet);
  const signal = fleet.signal();
  expect(signal).toMatchObject({ kind: "known", value: { leftMicroUsd: 3_000_000 - 30_000 } });
  const budget = signal?.kind === "known" ? signal.value : undefined;
  expect(budget?.microUsdPerRunMinute).toBeCloseTo(1_000, 0);
  // Ten minutes of 2.97 USD at 0.001 a run and minute: 297 of the 510 that are needed.
  const summary = await fleet.decide();
  const [why] = (summary?.because ?? []).filter((one) => one.kind === "budget");
  expect(why?.slots).toBeCloseTo(297, -1);
  expect(why?.needed).toBeGreaterThanOrEqual(510);
});

test("in a pool that is unknown runs are counted by what its workers say: what they spend is measured all the same", async () => {
  const fleet = await aFleet({ fleet: 3_000_000, astray: true });
  await watched(fleet);
  const signal = fleet.signal();
  const budget = signal?.kind === "known" ? signal.value : undefined;
  expect(budget?.microUsdPerRunMinute).toBeCloseTo(1_000, 0);
});

test("the operator's limit counts, not the environment's", async () => {
  const fleet = await aFleet({ fleet: 1_000_000 });
  await fleet.spend(1_000_000);
  await fleet.world.budgets.changeSettings({ ...noBudgetSettings, version: 1, fleet: "unlimited" });
  expect((await fleet.decide())?.slots?.wanted).toBeGreaterThan(500);
});

test.each(["budgets.settings", "budgets.read"] as const)(
  "%s does not answer: the budget is unknown, and nothing changes",
  async (call) => {
    const fleet = await aFleet({ fleet: 1_000_000 });
    fleet.world.faults.outage(new Error("the store is down"), [call]);
    const summary = await fleet.decide();
    expect(summary?.slots).toBeUndefined();
    expect(summary?.because).toContainEqual({ kind: "hold", signal: "budget", why: "the store is down" });
  },
);

test("busy CPU asks for machines before anything waits, and says so", async () => {
  const fleet = await aFleet({ waiting: 0, cpu: { percent: 98 } });
  // A group does not say when it launched a machine: its first sight is its launch.
  await fleet.decide();
  await fleet.clock.advance(2 * MINUTE);
  const summary = await fleet.decide();
  expect(summary?.because).toContainEqual({ kind: "cpu", percent: 98, outPercent: 70, slots: 90 });
  expect(summary?.pools[0]).toMatchObject({ machines: 1, target: 2 });
});

test("where CPU is measured and a worker does not say its own, nothing leaves; where it is not measured it decides nothing", async () => {
  const silent = await aFleet({ waiting: 0, cpu: { percent: undefined } });
  const hold = { kind: "hold", signal: "cpu", why: "1 of 1 workers do not say theirs" };
  expect((await silent.decide())?.because).toContainEqual(hold);
  const without = await aFleet({ waiting: 0 });
  expect((await without.decide())?.because.filter(({ kind }) => kind === "hold")).toEqual([]);
});
