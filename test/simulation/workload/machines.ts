/**
 * Machines of a scaled world: pools in memory launch them, they boot, a supervisor keeps workers on each, and with a machine everybody on it
 * is gone at once.
 */
import { type MemoryMachine, memoryCapacity } from "../../../services/adapters/memory/capacity.ts";
import { faults as noFaults } from "../../../services/adapters/memory/faults.ts";
import type { MachineId } from "../../../services/contract/capacity.ts";
import { poolOrder } from "../../../services/contract/capacity-policy.ts";
import type { Place } from "../../../services/contract/fleet.ts";
import { type Pool, type WorkerId, workerId } from "../../../services/contract/ids.ts";
import { limits } from "../../../services/contract/limits.ts";
import { KeepWorkers } from "../../../services/worker/supervisor/keep-workers.ts";
import type { ScalingWatch, TruePool } from "../checks/scaling.ts";
import type { Dice } from "../engine/dice.ts";
import type { Faults } from "../engine/faults.ts";
import type { Scaled } from "../engine/scaled.ts";
import type { SimProcess } from "../engine/sim-process.ts";
import type { Trace } from "../engine/trace.ts";
import type { VirtualTime } from "../engine/virtual-time.ts";
import type { Ports } from "../world/ports.ts";
import type { TruePools } from "../world/sim-capacity.ts";
import { trueClock } from "../world/true-clock.ts";
import type { AwsEvents } from "./aws-events.ts";
import type { Fleet } from "./fleet.ts";
import type { Home, SimWorker } from "./sim-worker.ts";

export type MachineParts = {
  readonly time: VirtualTime;
  readonly dice: Dice;
  readonly faults: Faults;
  readonly trace: Trace;
  readonly scaled: Scaled;
  readonly watch: ScalingWatch;
  fleet(): Fleet;
  events(): AwsEvents;
  portsOf(process: SimProcess): Ports;
};

type Machine = {
  readonly id: MachineId;
  readonly pool: Pool;
  supervisor: SimProcess | undefined;
  readonly workers: Set<SimWorker>;
};

const LOOK_MS = 1_000;
const SLOW = { chance: 0.1, times: 5 };
const FAILED = 0.05;
/** A task that ended is started again within so long. */
const TASK_AGAIN_MS = 10_000;

export class Machines implements TruePools {
  readonly capacity: TruePools["capacity"];
  readonly #parts: MachineParts;
  readonly #machines = new Map<MachineId, Machine>();
  readonly #homes = new Map<string, { readonly machine: Machine; readonly worker: SimWorker }>();
  #isActing = false;
  #tasks = 0;
  /** Machines that came, and those that acts ended. */
  launched = 0;
  ended = 0;

  constructor(parts: MachineParts) {
    this.#parts = parts;
    const { launchMs } = parts.scaled;
    const entries = Object.entries(parts.scaled.pools).map(([pool, { min, max }]) => [
      pool,
      { min, max, desired: min, launchMs },
    ]);
    this.capacity = memoryCapacity(noFaults(), trueClock(parts.time), {
      pools: Object.fromEntries(entries),
      hear: { launched: (machine) => this.#launched(machine), gone: ({ id }) => this.#gone(id) },
    });
  }

  /** Looks after the pools, so that what was ordered comes. */
  start(): void {
    this.#parts.time.after(LOOK_MS, () => {
      void this.capacity.machines.length;
      this.start();
    });
  }

  /** Whether every pool is at its minimum. */
  get atFloor(): boolean {
    return this.pools.every((pool) => {
      const { min, desired, there } = this.truth(pool);
      return there.length === min && desired === min;
    });
  }

  /** Pools in words. */
  get told(): string {
    return this.pools
      .map((pool) => {
        const { min, desired, there } = this.truth(pool);
        return `${pool}: ${there.length} machines, ${desired} wanted, minimum ${min}`;
      })
      .join("; ");
  }

  get pools(): readonly Pool[] {
    return poolOrder.filter((pool) => this.#parts.scaled.pools[pool] !== undefined);
  }

  truth(pool: Pool): TruePool {
    const there = [...this.#machines.values()].filter((one) => one.pool === pool).map(({ id }) => id);
    return { ...this.capacity.size(pool), there };
  }

  homeOf(id: WorkerId): ReturnType<TruePools["homeOf"]> {
    return this.#homes.get(id);
  }

  /** The store knows that a worker takes no run any more. */
  takesNone(id: WorkerId): void {
    const home = this.#homes.get(id);
    if (home !== undefined) this.#parts.watch.leaves(home.machine.id);
  }

  readonly act: TruePools["act"] = (targets, by) => {
    this.#isActing = true;
    return this.capacity.act(targets, by).finally(() => {
      this.#isActing = false;
    });
  };

  #launched({ id, pool }: MemoryMachine): void {
    const { time, dice, scaled, trace } = this.#parts;
    trace.note(id.length, ++this.launched, () => `${id} of ${pool} is launched`);
    this.#machines.set(id, { id, pool, supervisor: undefined, workers: new Set() });
    if (this.#strikes("boot-failed", FAILED)) return;
    const slow = this.#strikes("boot-slow", SLOW.chance) ? SLOW.times : 1;
    time.after(slow * scaled.bootMs * dice.between(0.7, 1.3), () => this.#startTask(id));
  }

  #strikes(name: "boot-failed" | "boot-slow", chance: number): boolean {
    const { dice, faults } = this.#parts;
    if (!faults.may(name) || !dice.happens(chance)) return false;
    faults.count(name);
    return true;
  }

  /** The container of a machine: keeps its workers until all were drained, and is started again if the machine stays. */
  #startTask(id: MachineId): void {
    const { time, dice, fleet, portsOf, scaled } = this.#parts;
    const machine = this.#machines.get(id);
    if (machine === undefined) return;
    const process = fleet().process("machine", `m_${this.#tasks}`);
    machine.supervisor = process;
    const taskArn = id.startsWith("arn:") ? id : `arn:aws:ecs:eu-west-1:1:task/muster/m${this.#tasks}`;
    this.#tasks++;
    const place = id.startsWith("arn:") ? { taskArn } : { instanceId: id, taskArn };
    let told = false;
    const keep = new KeepWorkers({
      processes: scaled.processes,
      clock: process.clock,
      chance: fleet().chance,
      start: () =>
        this.#startWorker(machine, process, place, () => {
          told = true;
        }),
      report: async (worker) => void (await portsOf(process).fleet.bury(worker, "end-seen", process.clock.nowMs())),
    });
    void keep.whenStopped().then(async () => {
      if (!told) await process.clock.sleep(limits.drainedLingerMs);
      process.end();
      time.after(dice.between(0, TASK_AGAIN_MS), () => this.#startTask(id));
    });
  }

  #startWorker(machine: Machine, supervisor: SimProcess, place: Place, told: () => void) {
    const { promise, resolve } = Promise.withResolvers<{ readonly clean: boolean }>();
    const home: Home = {
      pool: machine.pool,
      place,
      gone: (one, clean) => {
        machine.workers.delete(one);
        this.#homes.delete(one.process.name);
        if (one.notice !== undefined) told();
        supervisor.deliver(() => resolve({ clean }));
      },
      lose: () => this.capacity.lose(machine.id),
    };
    const one = this.#parts.fleet().startWorker({ home });
    machine.workers.add(one);
    this.#homes.set(one.process.name, { machine, worker: one });
    const { name } = one.process;
    // Nobody here tells the supervisor how idle it is, or is held by it: machines leave by the controller's word alone.
    const mute = { told: undefined, hold: () => undefined, stop: () => undefined };
    return { ...mute, workerId: workerId.parse(name), ended: promise };
  }

  #gone(id: MachineId): void {
    const { watch, trace, fleet, events } = this.#parts;
    const machine = this.#machines.get(id);
    if (machine === undefined) return;
    if (this.#isActing) {
      this.ended++;
      watch.ended(machine);
    }
    trace.note(id.length, 7, () => `${id} is gone`);
    this.#machines.delete(id);
    machine.supervisor?.end();
    const places = [...machine.workers].map(({ place }) => place);
    for (const one of machine.workers) {
      fleet().kill(one);
      this.#homes.delete(one.process.name);
    }
    const [place] = places;
    if (place !== undefined) events().say(place.instanceId === undefined ? "stopped" : "gone", place);
  }
}
