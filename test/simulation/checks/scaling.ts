/** Promise 9, and what else is promised of scaling: by the truth of the world, whatever beats and snapshots say of it. */
import type { MachineId, PoolTarget, SeenPool } from "../../../services/contract/capacity.ts";
import type { Pool } from "../../../services/contract/ids.ts";
import type { SimProcess } from "../engine/sim-process.ts";
import type { Check, Report } from "./observer.ts";

/** A worker of a machine as it is. `idleMs`: how long it has had no run and claimed none. */
export type TrueWorker = { readonly process: SimProcess; readonly worker: { readonly idleMs: number } };
/** A machine that is there, and who lives on it. */
export type TrueMachine = { readonly id: MachineId; readonly pool: Pool; readonly workers: Iterable<TrueWorker> };
/** A pool as it is: its bounds, machines that are there, and all that it was told to have. */
export type TruePool = {
  readonly min: number;
  readonly max: number;
  readonly desired: number;
  readonly there: readonly MachineId[];
};

/** Patience by clocks that differ. */
const PATIENT = 0.95;

export type ScalingParts = {
  readonly patienceMs: number;
  readonly heldBy: ReadonlyMap<string, number>;
  nowMs(): number;
};

export class ScalingWatch {
  readonly #parts: ScalingParts;
  readonly #buried = new Set<string>();
  readonly #unseen = new Map<SimProcess, ReadonlySet<Pool>>();
  readonly #told = new Set<MachineId>();
  /** Since when, and whether its leader's wall clock was set then: the next one waits by what that one wrote down. */
  readonly #leaves = new Map<MachineId, { readonly sinceMs: number; readonly isClockSet: boolean }>();
  #leader: SimProcess | undefined;
  #report: Report = () => undefined;

  constructor(parts: ScalingParts) {
    this.#parts = parts;
  }

  readonly check: Check = (report) => {
    this.#report = report;
    return { buried: (id) => void this.#buried.add(id) };
  };

  /** A process took the lease under a new epoch. */
  leads(by: SimProcess | undefined): void {
    this.#leader = by;
  }

  /** Pools as a process was answered. */
  seen(by: SimProcess, pools: readonly SeenPool[]): void {
    this.#unseen.set(by, new Set(pools.flatMap(({ kind, pool }) => (kind === "unknown" ? [pool] : []))));
  }

  /** Something that only a leader may do leaves a process. */
  sends(by: SimProcess, what: "cordon" | "drain" | "act"): void {
    if (this.#leader !== by)
      this.#report("onlyTheLeaderActs", undefined, `${by.name} sends ${what}, and ${this.#leader?.name} leads`);
  }

  /** Targets leave a process that was told what it knows of pools. */
  targets(by: SimProcess, targets: readonly PoolTarget[]): void {
    for (const { pool } of targets)
      if (this.#unseen.get(by)?.has(pool))
        this.#report("missingDataHolds", undefined, `${by.name} decides on ${pool}, which it could not see`);
  }

  /** A target arrives at its pool. */
  arrives({ pool, machines, end }: PoolTarget, { max, there }: TruePool): void {
    const staying = there.filter((id) => !end.includes(id)).length;
    if (machines > Math.max(max, staying))
      this.#report("neverAboveTheMaximum", undefined, `${machines} machines for ${pool}, which may have ${max}`);
  }

  /** A machine is told to take no new run, and does so far: those that stay are no fewer than the minimum. */
  cordons({ id, pool }: TrueMachine, { min, desired, there }: TruePool): void {
    if (this.#told.has(id) || this.#leaves.has(id)) return;
    this.#told.add(id);
    this.leaves(id);
    const staying = Math.max(desired, there.length) - there.filter((one) => this.#told.has(one)).length;
    if (staying < min)
      this.#report("neverBelowTheFloor", undefined, `${staying} machines of ${pool} stay, its minimum is ${min}`);
  }

  /** Somebody on the machine takes no run any more, and the store knows it: whoever asked for it, the machine leaves. */
  leaves(id: MachineId): void {
    if (this.#leaves.has(id)) return;
    this.#leaves.set(id, { sinceMs: this.#parts.nowMs(), isClockSet: this.#isLeaderOff });
  }

  /** A worker is told to release what it has: it has nothing, or the machine has been waited for long enough. */
  drains({ id }: TrueMachine, one: TrueWorker): void {
    const leaves = this.#leaves.get(id);
    if (this.#isLeaderOff || leaves?.isClockSet === true) return;
    const waitedMs = leaves === undefined ? 0 : this.#parts.nowMs() - leaves.sinceMs;
    if (waitedMs >= PATIENT * this.#parts.patienceMs || !this.#isBusy(one) || one.worker.idleMs > 0) return;
    const { name } = one.process;
    this.#report("scaleInWaits", undefined, `${name} is told to drain, has ${this.#has(one)}; waited ${waitedMs} ms`);
  }

  /** A machine was ended by an act. */
  ended({ id, workers }: TrueMachine): void {
    for (const one of workers)
      if (this.#isBusy(one))
        this.#report("scaleInSparesTheBusy", undefined, `${id} ends with ${one.process.name}, ${this.#has(one)}`);
  }

  get #isLeaderOff(): boolean {
    return this.#leader?.isClockSet === true;
  }

  #isBusy({ process }: TrueWorker): boolean {
    if (process.isDown || this.#buried.has(process.name)) return false;
    return process.claiming > 0 || (this.#parts.heldBy.get(process.name) ?? 0) > 0;
  }

  #has({ process: { name, claiming } }: TrueWorker): string {
    return `${this.#parts.heldBy.get(name) ?? 0} runs and ${claiming} claims in flight`;
  }
}
