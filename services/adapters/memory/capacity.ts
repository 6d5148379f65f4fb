/** Pools in memory on the clock of the world, with what goes wrong with real ones. */
import { type MachineId, machineId, type PoolTarget, type SeenPool } from "../../contract/capacity.ts";
import type { Pool } from "../../contract/ids.ts";
import type { Acting, ActOutcome, Capacity, PoolOutcome } from "../../ports/capacity.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Faults } from "./faults.ts";

/** Size of a pool. `launchMs`: from the order to the machine that its pool tells of. */
export type MemoryPool = {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly launchMs?: number | undefined;
};

/** What a pool answers instead, until it is lifted: `room` machines more at most, or none of what was asked. */
export type PoolTrouble =
  | { readonly kind: "drought"; readonly room: number; readonly silent?: boolean }
  | { readonly kind: "quota" }
  | { readonly kind: "throttled" }
  | { readonly kind: "unseen" };

/** A machine that is there. Whoever plays the fleet starts workers on it, and ends them with it. */
export type MemoryMachine = { readonly id: MachineId; readonly pool: Pool; readonly launchedAtMs: number };

type Held = {
  min: number;
  max: number;
  desired: number;
  launchMs: number;
  readonly coming: { readonly atMs: number }[];
  readonly machines: Map<MachineId, MemoryMachine>;
  trouble: PoolTrouble | undefined;
};

/** Capacity for tests: pools that launch on the given clock. */
export type MemoryCapacity = Capacity & {
  /** Trouble of a pool from now on; undefined ends it. */
  trouble(pool: Pool, trouble: PoolTrouble | undefined): void;
  /** Sizes and launch times may change while it runs, as schedules and AWS change them. */
  resize(pool: Pool, size: Partial<MemoryPool>): void;
  /** A machine goes by itself: Spot takes it back. It is replaced, as groups do, when the pool can. */
  lose(id: MachineId): void;
  /** Bounds of a pool and what it was told to have, whatever its trouble is. */
  size(pool: Pool): { readonly min: number; readonly max: number; readonly desired: number };
  /** Machines that are there now. */
  readonly machines: readonly MemoryMachine[];
  /** Machines that were ended by an act, in their order. */
  readonly ended: readonly MachineId[];
};

/** Hears of machines that came and went, in the moment in which somebody looks after it. */
export type Hear = { launched(machine: MemoryMachine): void; gone(machine: MemoryMachine): void };

const nobody: Hear = { launched: () => undefined, gone: () => undefined };
const nameOf = (pool: Pool, n: number): MachineId =>
  machineId.parse(
    pool === "spot" || pool === "on-demand"
      ? `i-${n.toString(16).padStart(17, "0")}`
      : pool === "local"
        ? `w_${String(n).padStart(8, "0")}`
        : `arn:aws:ecs:eu-west-1:1:task/muster/${n}`,
  );

class Pools {
  readonly held = new Map<Pool, Held>();
  readonly ended: MachineId[] = [];
  readonly #clock: Clock;
  readonly #hear: Hear;
  #epoch = 0;
  #names = 0;

  constructor(pools: Partial<Record<Pool, MemoryPool>>, clock: Clock, hear: Hear) {
    this.#clock = clock;
    this.#hear = hear;
    for (const name of ["spot", "on-demand", "fargate-spot", "fargate", "local"] as const) {
      const size = pools[name];
      if (size === undefined) continue;
      const { min, max, desired, launchMs = 0 } = size;
      this.held.set(name, { min, max, desired, launchMs, coming: [], machines: new Map(), trouble: undefined });
      this.settle();
    }
  }

  of(pool: Pool): Held {
    const held = this.held.get(pool);
    if (held === undefined) throw new Error(`there is no pool ${pool}`);
    return held;
  }

  /** Brings up what is due, and orders again what a pool was told to have, has not, and may have by now: as groups do. */
  settle(): void {
    const nowMs = this.#clock.nowMs();
    for (const [pool, held] of this.held) {
      this.#place(held, held.desired - held.machines.size - held.coming.length);
      const due = held.coming.filter(({ atMs }) => atMs <= nowMs);
      held.coming.splice(0, held.coming.length, ...held.coming.filter(({ atMs }) => atMs > nowMs));
      for (const { atMs } of due) {
        const machine = { id: nameOf(pool, ++this.#names), pool, launchedAtMs: atMs };
        held.machines.set(machine.id, machine);
        this.#hear.launched(machine);
      }
    }
  }

  /** Orders machines as far as the pool gives them; gives how many. */
  order(pool: Pool, count: number): number {
    const come = this.#place(this.of(pool), count);
    this.settle();
    return come;
  }

  #place(held: Held, count: number): number {
    const { trouble } = held;
    const room = trouble?.kind === "drought" ? trouble.room : trouble?.kind === "quota" ? 0 : count;
    const come = Math.max(0, Math.min(count, room));
    const atMs = this.#clock.nowMs() + held.launchMs;
    for (let i = 0; i < come; i++) held.coming.push({ atMs });
    if (trouble?.kind === "drought") held.trouble = { ...trouble, room: room - come };
    return come;
  }

  end(pool: Pool, id: MachineId): boolean {
    const held = this.of(pool);
    const machine = held.machines.get(id);
    if (machine === undefined) return false;
    held.machines.delete(id);
    this.#hear.gone(machine);
    return true;
  }

  act({ pool, end, machines }: PoolTarget, { epoch }: Acting): ActOutcome {
    if (epoch < this.#epoch) return { kind: "fenced", because: `epoch ${this.#epoch} leads` };
    this.#epoch = epoch;
    this.settle();
    const held = this.of(pool);
    if (held.trouble?.kind === "throttled") return { kind: "throttled", because: "Rate exceeded" };
    for (const id of end) {
      if (!this.end(pool, id)) continue;
      this.ended.push(id);
      held.desired = Math.max(held.min, held.desired - 1);
    }
    const there = held.machines.size + held.coming.length;
    const wanted = Math.min(held.max, Math.max(held.min, machines, held.machines.size));
    // Taken back: what was ordered and has not come.
    if (wanted < there) held.coming.splice(wanted - held.machines.size);
    const missing = wanted - there;
    if (missing <= 0) {
      held.desired = wanted;
      return { kind: "done" };
    }
    if (held.trouble?.kind === "quota") return { kind: "quota", because: "VcpuLimitExceeded" };
    const isSilent = held.trouble?.kind === "drought" && held.trouble.silent === true;
    const launched = this.order(pool, missing);
    held.desired = isSilent ? wanted : there + launched;
    if (launched === missing || isSilent) return { kind: "done" };
    const because = "InsufficientInstanceCapacity";
    return launched === 0 ? { kind: "no-capacity", because } : { kind: "partial", launched, because };
  }
}

/** Pools of these sizes, their first machines there from the start or after their launch time. */
export function memoryCapacity(
  faults: Faults,
  clock: Clock,
  { pools, hear = nobody }: { readonly pools: Partial<Record<Pool, MemoryPool>>; readonly hear?: Hear },
): MemoryCapacity {
  const all = new Pools(pools, clock, hear);
  const seen = (pool: Pool, { min, max, desired, machines, trouble }: Held): SeenPool => {
    if (trouble?.kind === "unseen") return { kind: "unknown", pool, because: "Rate exceeded" };
    // As groups do, those of instances do not say when they launched one.
    const says = pool !== "spot" && pool !== "on-demand";
    const list = [...machines.values()].map(({ id, launchedAtMs }) => (says ? { id, launchedAtMs } : { id }));
    return { kind: "known", pool, atMs: clock.nowMs(), min, max, desired, machines: list };
  };
  return {
    observe: () =>
      faults.run("capacity.observe", () => {
        all.settle();
        return [...all.held].map(([pool, held]) => seen(pool, held));
      }),
    async act(targets, by) {
      const outcomes: PoolOutcome[] = [];
      for (const target of targets) {
        const { pool } = target;
        if (!(await by.isMine())) outcomes.push({ pool, outcome: { kind: "fenced", because: "another leads" } });
        else outcomes.push({ pool, outcome: await faults.run("capacity.act", () => all.act(target, by)) });
      }
      return outcomes;
    },
    trouble: (pool, trouble) => {
      all.of(pool).trouble = trouble;
    },
    size: (pool) => {
      const { min, max, desired } = all.of(pool);
      return { min, max, desired };
    },
    resize: (pool, size) => void Object.assign(all.of(pool), size),
    lose: (id) => {
      for (const pool of all.held.keys()) if (all.end(pool, id)) all.settle();
    },
    get machines() {
      all.settle();
      return [...all.held.values()].flatMap(({ machines }) => [...machines.values()]);
    },
    ended: all.ended,
  };
}
