/** The machines of a virtual fleet: launched, booting, taking runs, interrupted, leaving, gone; and what they cost meanwhile. */
import { machineId } from "../../contract/capacity.ts";
import { HOUR } from "../../contract/units.ts";
import { type FleetPlan, type PlannedPool, plannedPools } from "../fleet.ts";
import { type SeededChance, seeded } from "../traffic/chance.ts";
import type { Agenda } from "./agenda.ts";
import { type MachineMode, mayBecome, type VirtualMachine } from "./machine.ts";
import type { Runs } from "./runs.ts";

/** How long things take that nobody decides (ms). */
export const fleetTimes = {
  /** A machine hears of a word to it with its next heartbeat. */
  heardMs: 5_000,
  /** A machine that is told to leave has released its runs, each at the end of its turn. */
  releasedMs: 30_000,
  /** From the notice of an interruption to the end of the machine. */
  noticeMs: 120_000,
} as const;

/** What the fleet needs of its world. */
export type FleetParts = {
  readonly plan: FleetPlan;
  readonly runs: Runs;
  readonly agenda: Agenda;
  readonly seed: number;
};

export class VirtualFleet {
  /** Machines that are there, by pool. */
  readonly machines: Readonly<Record<PlannedPool, VirtualMachine[]>> = {
    spot: [],
    "on-demand": [],
    "fargate-spot": [],
    fargate: [],
  };
  /** What each pool has cost so far: time of its machines, ms. */
  readonly paidMs: Record<PlannedPool, number> = { spot: 0, "on-demand": 0, "fargate-spot": 0, fargate: 0 };
  interruptions = 0;
  readonly #parts: FleetParts;
  readonly #chance: SeededChance;
  readonly #all: VirtualMachine[] = [];
  readonly #open: VirtualMachine[] = [];
  #turn = 0;
  /** Slots of machines that take runs, and those of them that are free. */
  slots = 0;
  free = 0;

  constructor(parts: FleetParts) {
    this.#parts = parts;
    this.#chance = seeded(parts.seed, 1);
  }

  /** A machine is there from now on, and takes runs once it has booted; `booted` ones take them at once. */
  launch(pool: PlannedPool, nowMs: number, booted = false): VirtualMachine {
    const { slotsPerMachine, bootMs, interruptedPerHour } = this.#parts.plan.pools[pool];
    const index = this.#all.length;
    const machine: VirtualMachine = {
      index,
      id: machineId.parse(`${pool}-${index}`),
      pool,
      slots: slotsPerMachine,
      launchedAtMs: nowMs,
      mode: "boots",
      active: 0,
      idleSinceMs: nowMs,
      silentSinceMs: nowMs,
      openAt: -1,
    };
    this.#all.push(machine);
    this.machines[pool].push(machine);
    const [shortest, longest] = bootMs;
    const readyMs = booted ? 0 : shortest + this.#chance.fraction() * (longest - shortest);
    if (booted) this.#become(machine, "works", nowMs);
    else this.#parts.agenda.at(nowMs + readyMs, (ms) => this.#become(machine, "works", ms));
    if (interruptedPerHour > 0) {
      const livesMs = (this.#chance.exponential() * HOUR) / interruptedPerHour;
      this.#parts.agenda.at(nowMs + livesMs, (ms) => this.interrupt(machine, ms));
    }
    return machine;
  }

  /** AWS takes the machine back: its runs are released, and two minutes later it is gone. */
  interrupt(machine: VirtualMachine, nowMs: number): void {
    if (machine.mode === "ended") return;
    this.interruptions++;
    this.leave(machine, nowMs);
    this.#parts.agenda.at(nowMs + fleetTimes.noticeMs, (ms) => this.end(machine, ms));
  }

  cordon(machine: VirtualMachine, nowMs: number): void {
    this.#become(machine, "cordoned", nowMs);
  }

  /** The machine takes no run, releases those that it has, and is empty then. One that boots has nothing to leave. */
  leave(machine: VirtualMachine, nowMs: number): void {
    if (!this.#become(machine, "leaves", nowMs)) return;
    this.#parts.agenda.at(nowMs + (machine.active === 0 ? 1_000 : fleetTimes.releasedMs), (ms) =>
      this.#vacate(machine, ms),
    );
  }

  end(machine: VirtualMachine, nowMs: number): void {
    if (machine.mode === "ended") return;
    if (machine.active > 0) this.#vacate(machine, nowMs);
    this.#become(machine, "ended", nowMs);
    const there = this.machines[machine.pool];
    there.splice(there.indexOf(machine), 1);
  }

  find(pool: PlannedPool, id: string): VirtualMachine | undefined {
    return this.machines[pool].find((machine) => machine.id === id);
  }

  /** Gives a run a slot, on the machines with a free one in turn. False: there is none. */
  place(run: number, nowMs: number): boolean {
    if (this.#open.length === 0) return false;
    this.#turn = (this.#turn + 1) % this.#open.length;
    const machine = this.#open[this.#turn];
    if (machine === undefined) return false;
    this.#parts.runs.start(run, machine.index, nowMs);
    machine.active++;
    this.free--;
    if (machine.active >= machine.slots) this.#close(machine);
    return true;
  }

  /** A run of a machine has ended. */
  freed(index: number, nowMs: number): void {
    const machine = this.#all[index];
    if (machine === undefined) throw new Error(`there is no machine ${index}`);
    machine.active--;
    if (machine.active === 0) machine.idleSinceMs = nowMs;
    if (machine.mode === "works") {
      this.free++;
      this.#openUp(machine);
    }
  }

  /** All machines are paid for another `ms`. */
  pay(ms: number): void {
    for (const pool of plannedPools) this.paidMs[pool] += this.machines[pool].length * ms;
  }

  #vacate(machine: VirtualMachine, nowMs: number): void {
    if (machine.mode === "ended") return;
    machine.active -= this.#parts.runs.release(machine.index, nowMs);
    machine.silentSinceMs = nowMs;
    this.#become(machine, "empty", nowMs);
  }

  /** Changes the mode if the machine may; what the change does to the slots is done here. */
  #become(machine: VirtualMachine, mode: MachineMode, nowMs: number): boolean {
    if (!mayBecome(machine, mode)) return false;
    if (machine.mode === "works") {
      this.slots -= machine.slots;
      this.free -= machine.slots - machine.active;
      this.#close(machine);
    }
    machine.mode = mode;
    if (mode === "works") {
      machine.idleSinceMs = nowMs;
      this.slots += machine.slots;
      this.free += machine.slots - machine.active;
      this.#openUp(machine);
    }
    return true;
  }

  #openUp(machine: VirtualMachine): void {
    if (machine.openAt >= 0 || machine.active >= machine.slots) return;
    machine.openAt = this.#open.length;
    this.#open.push(machine);
  }

  #close(machine: VirtualMachine): void {
    const last = this.#open.at(-1);
    if (machine.openAt < 0 || last === undefined) return;
    this.#open[machine.openAt] = last;
    last.openAt = machine.openAt;
    this.#open.pop();
    machine.openAt = -1;
  }
}
