/** What changes between a decision and its acts: another leads, or a worker lives on a machine that was to be ended. */
import { expect, test } from "vitest";
import { memoryCapacity } from "../../services/adapters/memory/capacity.ts";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import type { DecideCapacity } from "../../services/contract/capacity.ts";
import { capacityPolicy } from "../../services/contract/capacity-policy.ts";
import { limits } from "../../services/contract/limits.ts";
import { Scaler } from "../../services/controller/capacity/scaler.ts";
import type { Scaling } from "../../services/controller/capacity/scaling.ts";
import { Leader } from "../../services/controller/leader.ts";
import { decide } from "../../services/core/capacity/decide.ts";
import { aBeat, aTimeMs } from "../support/builders.ts";
import { aWorkerId } from "../support/ids.ts";

const size = { min: 0, max: 50, desired: 0 };

type Change = (own: Scaling) => Partial<Scaling>;

function aPlace(decideBy: DecideCapacity = decide, spot = size, change: Change = () => ({})) {
  const clock = manualClock(aTimeMs);
  const memory = memoryWorld({ clock });
  const queue: typeof memory.queue = {
    ...memory.queue,
    depth: async () => ({ kind: "known", visible: 400, inFlight: 0 }),
  };
  const capacity = memoryCapacity(memory.faults, clock, { pools: { spot, "on-demand": size } });
  const world = { ...memory, queue };
  const own: Scaling = {
    ...{ stores: memory.scalingStores, capacity, decide: decideBy, acts: true, policy: capacityPolicy.parse({}) },
  };
  const scaler = new Scaler(world, { ...own, ...change(own) });
  return { clock, world, capacity, scaler };
}

test("paused between two pools for longer than its lease, it leaves the second alone and keeps what the first did", async () => {
  const { clock, world, capacity, scaler } = aPlace();
  const [old, next] = [new Leader(world), new Leader(world)];
  await old.pass();
  await next.pass();
  const { term } = old;
  if (term === undefined) throw new Error("it leads");
  let asked = 0;
  const paused = {
    ...term,
    async isMine() {
      const done = capacity.machines.length;
      if (done > 0 && asked++ === 0) {
        await clock.advance(limits.leaseSilentMs + 1);
        expect(await next.pass()).toBe(true);
      }
      return term.isMine();
    },
  };
  expect(await scaler.decide(paused)).toBe("fenced");
  expect(asked).toBe(1);
  expect(new Set(capacity.machines.map(({ pool }) => pool)).size).toBe(1);
  const [launched] = capacity.machines;
  expect((await told(world)).map(({ pool }) => pool)).toEqual([launched?.pool]);
});

type Place = ReturnType<typeof aPlace>["world"];
const told = async ({ scalingStores }: Place) =>
  (await scalingStores.log.list(limits.scalingEventsMax)).flatMap((one) =>
    one.kind === "target" || one.kind === "refused" ? [{ pool: one.pool, kind: one.kind }] : [],
  );

async function aTerm(world: Place) {
  const leader = new Leader(world);
  await leader.pass();
  if (leader.term === undefined) throw new Error("it leads");
  return leader.term;
}

test("who leaves is kept before anybody is told: a leader that dies while it tells leaves no machine half on its way out", async () => {
  const { world, capacity, scaler } = aPlace(
    (snapshot, policy, nowMs) => {
      const decision = decide(snapshot, policy, nowMs);
      const leaving = capacity.machines.map(({ id, pool }) => ({ id, pool, sinceMs: nowMs }));
      const targets = decision.targets.map((one) => ({ ...one, cordon: leaving.map(({ id }) => id) }));
      return { ...decision, targets, memory: { ...decision.memory, leaving } };
    },
    { min: 0, max: 50, desired: 2 },
  );
  const died = { epoch: 1, isMine: () => Promise.reject(new Error("the leader died")) };
  await expect(scaler.decide(died)).rejects.toThrow("the leader died");
  const kept = await world.scalingStores.memory.state();
  expect(kept?.memory.leaving.map(({ id }) => id)).toEqual(capacity.machines.map(({ id }) => id));
});

test("what one pool answered is kept where the act on another was fenced", async () => {
  const noCapacity = { kind: "no-capacity", because: "InsufficientInstanceCapacity" } as const;
  const fenced = { kind: "fenced", because: "another leads" } as const;
  const { world, scaler } = aPlace(undefined, undefined, ({ capacity }) => ({
    capacity: {
      ...capacity,
      act: async (targets) => targets.map(({ pool }) => ({ pool, outcome: pool === "spot" ? noCapacity : fenced })),
    },
  }));
  expect(await scaler.decide(await aTerm(world))).toBe("fenced");
  expect((await world.scalingStores.memory.state())?.answers).toMatchObject([{ pool: "spot", kind: "no-capacity" }]);
  const events = await told(world);
  expect(events.map(({ pool }) => pool)).toEqual(["spot", "spot"]);
  expect(events.map(({ kind }) => kind).toSorted()).toEqual(["refused", "target"]);
});

test("whom the store tells that another leads has decided nothing", async () => {
  const { world, scaler } = aPlace(undefined, undefined, ({ stores }) => ({
    stores: { ...stores, memory: { ...stores.memory, keepState: async () => false } },
  }));
  expect(await scaler.decide(await aTerm(world))).toBe("fenced");
  expect(await told(world)).toEqual([]);
});

test("while its lease is fresh it reads nothing for an act; near the end it renews, and who cannot tell does not act", async () => {
  const { clock, world } = aPlace();
  const leader = new Leader(world);
  await leader.pass();
  const { term } = leader;
  world.faults.outage(new Error("store down"), ["leases.read"]);
  expect(await term?.isMine()).toBe(true);
  await clock.advance(limits.leaseSureMs);
  expect(await term?.isMine()).toBe(false);
  world.faults.heal();
  expect(await term?.isMine()).toBe(true);
});

const endAll: DecideCapacity = (shown, policy, nowMs) => {
  const targets = shown.pools.flatMap(({ pool, state }) => {
    const end = state.kind === "known" ? state.value.machines.map(({ id }) => id) : [];
    return end.length === 0
      ? []
      : [{ pool, machines: 0, cordon: [], drain: [], end, because: [{ kind: "drained" as const, pool, machines: 1 }] }];
  });
  return { ...decide(shown, policy, nowMs), targets };
};

test.each([
  ["a worker that begins on a machine after the decision's look keeps it", "begins"],
  ["workers that cannot be read a second time keep every machine", "unread"],
  ["a machine without a worker ends", "silent"],
] as const)("%s", async (_, what) => {
  const { world, capacity, scaler } = aPlace(endAll, { min: 0, max: 5, desired: 1 });
  const [machine] = capacity.machines;
  const leader = new Leader(world);
  await leader.pass();
  const { term } = leader;
  if (term === undefined || machine === undefined) throw new Error("it leads, and there is a machine");
  const between = {
    ...term,
    async isMine() {
      const beat = aBeat({ workerId: aWorkerId(), pool: "spot", place: { instanceId: machine.id }, active: 0 });
      if (what === "begins") await world.fleet.beat(beat, []);
      if (what === "unread") world.faults.outage(new Error("store down"), ["fleet.workers"]);
      return true;
    },
  };
  await scaler.decide(between);
  expect(capacity.machines.map(({ id }) => id)).toEqual(what === "silent" ? [] : [machine.id]);
});
