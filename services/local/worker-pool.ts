/**
 * The pool `local`: worker processes that the supervisor keeps, as many as the controller says. A process that was told to leave stays
 * listed after its end until the controller ends it too; every other that ends is started again by its keeper.
 */
import { type MachineId, machineId, type PoolTarget, type SeenPool } from "../contract/capacity.ts";
import type { Acting, ActOutcome, Capacity } from "../ports/capacity.ts";
import type { Clock } from "../ports/clock.ts";

/** A kept worker process. `workerId` is undefined until the process that runs now has said it; `sinceMs`: when that one was started. */
export type KeptWorker = {
  readonly workerId: string | undefined;
  readonly sinceMs: number;
  /** Drains it, if it runs, and starts no other. */
  stop(): Promise<void>;
};

/** Bounds of the pool, and how a worker is started; `stays` is asked when it has ended by itself: true means that no other is started. */
export type WorkerPoolOptions = {
  readonly min: number;
  readonly max: number;
  readonly clock: Clock;
  start(stays: (workerId: string | undefined) => boolean): KeptWorker;
};

export class WorkerPool implements Capacity {
  readonly #options: WorkerPoolOptions;
  readonly #kept = new Map<KeptWorker, string>();
  readonly #told = new Set<string>();
  #started = 0;
  #epoch = 0;
  #isOpen = true;

  /** Starts the first `min` workers. */
  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#grow(options.min);
  }

  /** No worker is started any more: the supervisor stops. */
  close(): void {
    this.#isOpen = false;
  }

  async observe(): Promise<readonly SeenPool[]> {
    const { min, max, clock } = this.#options;
    const machines = [...this.#kept.keys()].map((kept) => ({ id: this.#idOf(kept), launchedAtMs: kept.sinceMs }));
    const desired = machines.length;
    return [{ kind: "known", pool: "local", atMs: clock.nowMs(), min, max, desired, machines }];
  }

  async act(targets: readonly PoolTarget[], { epoch }: Acting) {
    return targets
      .filter(({ pool }) => pool === "local")
      .map((target) => ({ pool: target.pool, outcome: this.#carryOut(target, epoch) }));
  }

  #carryOut({ machines, cordon, drain, end }: PoolTarget, epoch: number): ActOutcome {
    if (epoch < this.#epoch) return { kind: "fenced", because: `epoch ${this.#epoch} leads` };
    this.#epoch = epoch;
    for (const id of [...cordon, ...drain]) this.#told.add(id);
    for (const id of end) this.#end(id);
    this.#grow(Math.min(this.#options.max, machines));
    return { kind: "done" };
  }

  #grow(to: number): void {
    while (this.#isOpen && this.#kept.size < to) {
      const kept = this.#options.start((workerId) => workerId !== undefined && this.#told.has(workerId));
      this.#kept.set(kept, `boot-${++this.#started}`);
    }
  }

  #end(id: MachineId): void {
    this.#told.delete(id);
    for (const kept of this.#kept.keys()) {
      if (this.#idOf(kept) !== id) continue;
      this.#kept.delete(kept);
      // One that has drained is gone; one that never came up is killed after its time to stop.
      void kept.stop();
    }
  }

  /** A process has no worker id until it runs. */
  #idOf(kept: KeptWorker): MachineId {
    return machineId.parse(kept.workerId ?? this.#kept.get(kept));
  }
}
