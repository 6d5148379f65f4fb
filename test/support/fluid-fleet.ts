/**
 * A fleet on a virtual clock, coarse and fast: runs arrive at a rate, fill free slots evenly and end at a rate; machines boot, drain and leave. No chance
 * in it but what the caller brings along.
 */
import type {
  CapacityDecision,
  CapacityMemory,
  CapacitySnapshot,
  LaneDemand,
  MachineId,
  PoolState,
} from "../../services/contract/capacity.ts";
import { machineId, noCapacityMemory } from "../../services/contract/capacity.ts";
import type { CapacityPolicy } from "../../services/contract/capacity-policy.ts";
import type { DemandProfile } from "../../services/contract/capacity-profile.ts";
import { noDemandProfile } from "../../services/contract/capacity-profile.ts";
import type { Pool } from "../../services/contract/ids.ts";
import { decide } from "../../services/core/capacity/decide.ts";
import { learn } from "../../services/core/capacity/profile.ts";

type VirtualMachine = {
  readonly id: MachineId;
  readonly launchedAtMs: number;
  readonly slots: number;
  mode: "boots" | "takes" | "cordoned" | "gone";
  active: number;
};

/** A pool of the virtual fleet. `dry`: whether nothing can be launched at that time. */
export type VirtualPool = {
  readonly pool: Pool;
  readonly min: number;
  readonly max: number;
  readonly slots: number;
  readonly bootMs: number;
  dry?(nowMs: number): boolean;
};

/** How the world is. Rates are runs a second; a run lasts `runMs` on average. `delayMs`: how old what a decision sees is. */
export type FluidOptions = {
  readonly policy: CapacityPolicy;
  readonly pools: readonly VirtualPool[];
  readonly arrivals: (nowMs: number) => number;
  readonly runMs: number;
  readonly startMs: number;
  readonly stepMs?: number;
  readonly delayMs?: number;
  readonly machines?: Partial<Record<Pool, number>>;
  /** What is not as it was measured. */
  readonly disturb?: (snapshot: CapacitySnapshot, nowMs: number) => CapacitySnapshot;
};

/** What one step showed. */
export type FluidStep = {
  readonly nowMs: number;
  readonly visible: number;
  readonly slots: number;
  readonly machines: Readonly<Partial<Record<Pool, number>>>;
  readonly decision: CapacityDecision;
  readonly interrupted: number;
};

type Observation = { readonly atMs: number; readonly visible: number; readonly pools: readonly PoolState[] };

/** The fleet. Each `step` moves it on by `stepMs` and decides once. */
export class FluidFleet {
  readonly #options: FluidOptions;
  readonly #stepMs: number;
  readonly #machines = new Map<Pool, VirtualMachine[]>();
  readonly #desired = new Map<Pool, number>();
  readonly #seen: Observation[] = [];
  #nowMs: number;
  #visible = 0;
  #ids = 0;
  #interrupted = 0;
  memory: CapacityMemory = noCapacityMemory;
  profile: DemandProfile = noDemandProfile;

  constructor(options: FluidOptions) {
    this.#options = options;
    this.#stepMs = options.stepMs ?? 10_000;
    this.#nowMs = options.startMs;
    for (const pool of options.pools) {
      const count = options.machines?.[pool.pool] ?? pool.min;
      const machines = Array.from({ length: count }, () => this.#machine(pool, "takes"));
      this.#machines.set(pool.pool, machines);
      this.#desired.set(pool.pool, count);
    }
  }

  #machine(pool: VirtualPool, mode: VirtualMachine["mode"]): VirtualMachine {
    const id = machineId.parse(`${pool.pool}-${++this.#ids}`);
    return { id, launchedAtMs: this.#nowMs, slots: pool.slots, mode, active: 0 };
  }

  step(): FluidStep {
    this.#nowMs += this.#stepMs;
    for (const pool of this.#options.pools) this.#launch(pool);
    this.#serve();
    this.#observe();
    const decision = this.#decide();
    this.#act(decision);
    const all = [...this.#machines.values()].flat();
    return {
      nowMs: this.#nowMs,
      visible: this.#visible,
      slots: all.reduce((sum, { mode, slots }) => sum + (mode === "takes" ? slots : 0), 0),
      machines: Object.fromEntries([...this.#machines].map(([pool, machines]) => [pool, machines.length])),
      decision,
      interrupted: this.#interrupted,
    };
  }

  #launch(pool: VirtualPool): void {
    const machines = this.#machines.get(pool.pool) ?? [];
    for (const machine of machines) {
      if (machine.mode === "boots" && this.#nowMs - machine.launchedAtMs >= pool.bootMs) machine.mode = "takes";
    }
    if (pool.dry?.(this.#nowMs) === true) return;
    while (machines.length < (this.#desired.get(pool.pool) ?? 0)) machines.push(this.#machine(pool, "boots"));
  }

  #serve(): void {
    const { arrivals, runMs } = this.#options;
    const all = [...this.#machines.values()].flat();
    const ended = 1 - Math.exp(-this.#stepMs / runMs);
    for (const machine of all) machine.active -= machine.active * ended;
    this.#visible += (arrivals(this.#nowMs) * this.#stepMs) / 1_000;
    const takers = all.filter(({ mode }) => mode === "takes");
    const free = takers.reduce((sum, { slots, active }) => sum + slots - active, 0);
    if (free <= 0) return;
    const part = Math.min(1, this.#visible / free);
    for (const machine of takers) machine.active += (machine.slots - machine.active) * part;
    this.#visible = Math.max(0, this.#visible - free);
  }

  #observe(): void {
    const pools = this.#options.pools.map(({ pool, min, max }): PoolState => {
      const machines = (this.#machines.get(pool) ?? []).map(({ id, launchedAtMs, mode, slots, active }) => {
        if (mode === "boots" || mode === "gone")
          return { id, launchedAtMs, kind: "silent" as const, sinceMs: launchedAtMs };
        const takes = mode === "takes";
        return {
          id,
          launchedAtMs,
          kind: "working" as const,
          takes,
          slots: takes ? slots : 0,
          active: Math.round(active),
        };
      });
      return { pool, min, max, desired: this.#desired.get(pool) ?? 0, machines };
    });
    this.#seen.push({ atMs: this.#nowMs, visible: Math.round(this.#visible), pools });
    const { delayMs = 0 } = this.#options;
    while ((this.#seen[1]?.atMs ?? Number.POSITIVE_INFINITY) <= this.#nowMs - delayMs) this.#seen.shift();
  }

  #decide(): CapacityDecision {
    const { policy, disturb = (snapshot: CapacitySnapshot) => snapshot } = this.#options;
    const seen = this.#seen[0];
    if (seen === undefined) throw new Error("nothing was observed");
    const { atMs } = seen;
    const lane = (visible: number) => ({ kind: "known" as const, atMs, value: { visible } satisfies LaneDemand });
    const snapshot: CapacitySnapshot = {
      pools: seen.pools.map((state) => ({ pool: state.pool, state: { kind: "known", atMs, value: state } })),
      lanes: { high: lane(0), normal: lane(seen.visible), low: lane(0) },
      ...{ isolated: { kind: "none" }, cpu: { kind: "none" }, model: { kind: "none" }, budget: { kind: "none" } },
      profile: { kind: "known", atMs: this.#nowMs, value: this.profile },
      order: undefined,
      answers: [],
      memory: this.memory,
    };
    const decision = decide(disturb(snapshot, this.#nowMs), policy, this.#nowMs);
    this.memory = decision.memory;
    if (decision.slots !== undefined) this.profile = learn(this.profile, decision.slots.demand, this.#nowMs);
    return decision;
  }

  #act(decision: CapacityDecision): void {
    for (const { pool, machines, cordon, drain, end } of decision.targets) {
      const there = new Map((this.#machines.get(pool) ?? []).map((machine) => [machine.id, machine]));
      for (const id of cordon) {
        const machine = there.get(id);
        if (machine?.mode === "takes") machine.mode = "cordoned";
      }
      for (const id of drain) {
        const machine = there.get(id);
        if (machine === undefined || machine.mode === "gone") continue;
        if (Math.round(machine.active) > 0) this.#interrupted += Math.round(machine.active);
        this.#visible += Math.round(machine.active);
        machine.active = 0;
        machine.mode = "gone";
      }
      for (const id of end) {
        const machine = there.get(id);
        if (machine !== undefined && machine.active >= 0.5)
          throw new Error(`${id} was ended with ${machine.active} runs`);
        there.delete(id);
      }
      this.#machines.set(pool, [...there.values()]);
      this.#desired.set(pool, machines);
    }
  }
}

/** How often something that goes up and down turned, moves of less than `least` aside. */
export function reversals(values: readonly number[], least = 1): number {
  let [turns, way, from] = [0, 0, values[0] ?? 0];
  for (const value of values) {
    if (Math.abs(value - from) < least) continue;
    const next = Math.sign(value - from);
    if (way !== 0 && next !== way) turns += 1;
    [way, from] = [next, value];
  }
  return turns;
}
