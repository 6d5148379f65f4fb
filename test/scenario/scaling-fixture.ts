/** Controllers that scale pools in memory: machines boot, their workers beat, claim by count what waits, and end runs after a while. */
import { type MemoryMachine, memoryCapacity } from "../../services/adapters/memory/capacity.ts";
import { manualClock } from "../../services/adapters/memory/manual-clock.ts";
import { memoryWorld } from "../../services/adapters/memory/world.ts";
import type { DecideCapacity, PoolTarget } from "../../services/contract/capacity.ts";
import { type CapacityPolicyInput, capacityPolicy } from "../../services/contract/capacity-policy.ts";
import type { WorkerBeat } from "../../services/contract/fleet.ts";
import type { Pool, WorkerId } from "../../services/contract/ids.ts";
import { limits } from "../../services/contract/limits.ts";
import { Scaler } from "../../services/controller/capacity/scaler.ts";
import { Controller } from "../../services/controller/controller.ts";
import { decide } from "../../services/core/capacity/decide.ts";
import { learn } from "../../services/core/capacity/profile.ts";
import { aBeat, aTimeMs } from "../support/builders.ts";
import { aWorkerId } from "../support/ids.ts";

const BOOT_MS = 30_000;
const SLOTS = { spot: 64, "on-demand": 64, "fargate-spot": 8, fargate: 8, local: 10 } as const;

/** A pool that may have none, and the four of a deployment, of which one has a machine. */
export const noMachines = { min: 0, desired: 0 };
export const fourPools = {
  spot: { ...noMachines, max: 50 },
  "on-demand": { min: 1, max: 20, desired: 1 },
  "fargate-spot": { ...noMachines, max: 200 },
  fargate: { ...noMachines, max: 200 },
};

/** A worker as others see it: a beat, and how many runs it has. */
type Player = { beat: WorkerBeat; readonly ends: number[]; readonly life: AbortController };

export type FleetOptions = {
  readonly policy?: CapacityPolicyInput;
  readonly pools: Parameters<typeof memoryCapacity>[2]["pools"];
  /** How long a run lasts. */
  readonly runMs: number;
  /** False: machines come, and no worker ever starts there. */
  readonly boots?: boolean;
  /** Another decision: one with a bug. */
  readonly decide?: DecideCapacity;
  /** What the pools are told instead of what they should be: acts with a bug. */
  readonly tell?: (targets: readonly PoolTarget[]) => readonly PoolTarget[];
};

export function aScaledFleet(options: FleetOptions) {
  const { policy = {}, pools, runMs, boots = true, decide: decideBy = decide, tell = (targets) => targets } = options;
  const clock = manualClock(aTimeMs);
  const memory = memoryWorld({ clock });
  const players = new Map<string, Player>();
  let waiting = 0;
  let [done, interrupted] = [0, 0];

  /** What the queue tells: one lane, whose depth is the runs that nobody has. */
  const queue: typeof memory.queue = {
    ...memory.queue,
    depth: async (lane) => ({ kind: "known", visible: lane === "normal" ? waiting : 0, inFlight: 0 }),
  };

  async function live(machine: MemoryMachine, player: Player): Promise<void> {
    const { signal } = player.life;
    await clock.sleep(BOOT_MS, signal);
    while (!signal.aborted) {
      const nowMs = clock.nowMs();
      const ended = player.ends.filter((atMs) => atMs <= nowMs).length;
      player.ends.splice(0, player.ends.length, ...player.ends.filter((atMs) => atMs > nowMs));
      done += ended;
      if (player.beat.mode === "RUNNING") {
        const taken = Math.min(waiting, player.beat.slots - player.ends.length);
        waiting -= taken;
        for (let i = 0; i < taken; i++) player.ends.push(nowMs + runMs);
      }
      player.beat = { ...player.beat, counter: player.beat.counter + 1, active: player.ends.length };
      const answer = await memory.fleet.beat(player.beat, player.beat.mode === "RUNNING" ? [] : [{ kind: "cordon" }]);
      if (answer.kind === "buried") return;
      if (answer.kind === "alive") {
        if (answer.inbox.some(({ kind }) => kind === "cordon")) player.beat = { ...player.beat, mode: "CORDONED" };
        if (answer.drain) return leave(machine, player);
      }
      await clock.sleep(limits.heartbeatMs, signal);
    }
  }

  /** A drain gives its runs back. */
  async function leave({ id }: MemoryMachine, player: Player): Promise<void> {
    interrupted += player.ends.length;
    waiting += player.ends.length;
    player.ends.length = 0;
    await memory.fleet.leave(player.beat.workerId);
    players.delete(id);
  }

  const hear = {
    launched(machine: MemoryMachine) {
      if (!boots) return;
      const { pool, id } = machine;
      const workerId: WorkerId = aWorkerId();
      const place = pool.startsWith("fargate") ? { taskArn: id } : { instanceId: id };
      const beat = aBeat({
        workerId,
        pool,
        place,
        slots: SLOTS[pool],
        active: 0,
        counter: 0,
        startedAtMs: clock.nowMs(),
      });
      const player: Player = { beat, ends: [], life: new AbortController() };
      players.set(id, player);
      void live(machine, player);
    },
    /** Ended while it had runs: they are lost to it, and queued again. */
    gone({ id }: MemoryMachine) {
      const player = players.get(id);
      player?.life.abort();
      if (player === undefined) return;
      interrupted += player.ends.length;
      waiting += player.ends.length;
      players.delete(id);
      void memory.fleet.leave(player.beat.workerId);
    },
  };
  const capacity = memoryCapacity(memory.faults, clock, { pools, hear });
  const world = { ...memory, queue };
  const { scalingStores: stores } = memory;

  const told: typeof capacity.act = (targets, by) => capacity.act(tell(targets), by);

  /** Starts a controller; the function ends it as a crash does: without a word. */
  function control(): () => void {
    const stop = new AbortController();
    const dead = { yes: false };
    const scaler = new Scaler(world, {
      ...{
        stores,
        capacity: { ...capacity, act: told },
        decide: decideBy,
        learn,
        acts: true,
        policy: capacityPolicy.parse(policy),
      },
    });
    const scale = async (term: Parameters<typeof scaler.decide>[0]) => {
      return dead.yes ? "fenced" : scaler.decide(term);
    };
    const leases = {
      ...memory.leases,
      replace: (...args: Parameters<typeof memory.leases.replace>) =>
        dead.yes ? Promise.resolve(false) : memory.leases.replace(...args),
    };
    void new Controller({ ...world, leases, scale, desk: stores.desk }).run(stop.signal);
    return () => {
      dead.yes = true;
      stop.abort();
    };
  }

  const machines = (...of: Pool[]): number => capacity.machines.filter(({ pool }) => of.includes(pool)).length;
  const slots = (): number =>
    [...players.values()].filter(({ beat }) => beat.counter > 0).reduce((sum, { beat }) => sum + beat.slots, 0);
  return {
    ...{ clock, world, capacity, control, machines, slots, stores },
    submit: (runs: number) => {
      waiting += runs;
    },
    get waiting() {
      return waiting;
    },
    get done() {
      return done;
    },
    get interrupted() {
      return interrupted;
    },
    get active() {
      return [...players.values()].reduce((sum, { ends }) => sum + ends.length, 0);
    },
    history: () => stores.log.list(limits.scalingEventsMax),
  };
}
