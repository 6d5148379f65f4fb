/** Items that no process of a world can read for a while, as if another version had written them: heads of runs, and workers. */
import type { RunId, WorkerId } from "../../../services/contract/ids.ts";
import { UnreadableRuns } from "../../../services/core/unreadable-runs.ts";
import { UnreadableWorkers } from "../../../services/core/unreadable-workers.ts";
import type { FleetStore } from "../../../services/ports/fleet-store.ts";
import type { RunStore } from "../../../services/ports/run-store.ts";
import type { SimProcess } from "../engine/sim-process.ts";

export class Unreadable {
  readonly #heads = new Set<RunId>();
  readonly #workers = new Set<WorkerId>();

  /** Whether there is such an item now. */
  get some(): boolean {
    return this.#heads.size + this.#workers.size > 0;
  }

  /** Gives what makes the head readable again. */
  hideHead(id: RunId): () => void {
    this.#heads.add(id);
    return () => void this.#heads.delete(id);
  }

  /** Gives what makes the worker readable again. */
  hideWorker(id: WorkerId): () => void {
    this.#workers.add(id);
    return () => void this.#workers.delete(id);
  }

  /** Everything can be read again. */
  heal(): void {
    this.#heads.clear();
    this.#workers.clear();
  }

  /** Runs as a process reads them. A write fails before it changes anything: its guard says no, and what is there cannot be told. */
  runs(kept: RunStore, process: SimProcess): RunStore {
    const need = (id: RunId) => {
      if (this.#heads.has(id)) this.#fail(process, `the head of ${id}`);
    };
    return {
      create: async (head, nowMs) => {
        need(head.runId);
        return kept.create(head, nowMs);
      },
      read: async (ids, nowMs) => {
        const hidden = ids.filter((id) => this.#heads.has(id));
        if (hidden.length === 0) return kept.read(ids, nowMs);
        process.disturb();
        const others = await kept.read(
          ids.filter((id) => !hidden.includes(id)),
          nowMs,
        );
        throw new UnreadableRuns(others, new Map(hidden.map((id) => [id, new Error("simulation: hidden")])));
      },
      write: async (id, write) => {
        need(id);
        return kept.write(id, write);
      },
    };
  }

  /** The fleet as a process reads it; who cannot be read beats on. */
  fleet(kept: FleetStore, process: SimProcess): FleetStore {
    return {
      ...kept,
      workers: async (shard) => {
        const all = await kept.workers(shard);
        const others = all.filter(({ workerId }) => !this.#workers.has(workerId));
        if (others.length === all.length) return all;
        process.disturb();
        throw new UnreadableWorkers(others, [new Error(`${all.length - others.length} workers`)]);
      },
      worker: async (id) => {
        if (this.#workers.has(id)) this.#fail(process, id);
        return kept.worker(id);
      },
    };
  }

  #fail(process: SimProcess, what: string): never {
    process.disturb();
    throw new Error(`simulation: ${what} cannot be read`);
  }
}
