/** Watches the memory of the machine for a worker: no slot opens while too much of it is in use. */
import type { WorkerId } from "../contract/ids.ts";
import { limits } from "../contract/limits.ts";
import { type MemoryGate, slotsBehind, turnGate } from "../core/memory-gate.ts";
import type { WorkerDeps } from "./deps.ts";
import type { Slots } from "./slots.ts";

export class MemoryWatch {
  readonly #deps: Pick<WorkerDeps, "memory" | "clock" | "events">;
  readonly #workerId: WorkerId;
  #gate: MemoryGate = "open";

  constructor(deps: Pick<WorkerDeps, "memory" | "clock" | "events">, workerId: WorkerId) {
    this.#deps = deps;
    this.#workerId = workerId;
  }

  /** How many of `slots` may be in use. */
  slotsToUse(slots: number, active: number): number {
    return slotsBehind(this.#gate, slots, active);
  }

  /** Looks every `memoryLookMs` until the signal aborts, and lets the slots know when some opened. */
  async run(slots: Slots, signal: AbortSignal): Promise<void> {
    const { clock, memory, events } = this.#deps;
    if (memory === undefined) return;
    while (!signal.aborted) {
      const usedShare = memory.usedShare();
      const before = this.#gate;
      this.#gate = turnGate(before, usedShare);
      if (this.#gate !== before && usedShare !== undefined)
        events.emit("worker.memory", {
          workerId: this.#workerId,
          gate: this.#gate,
          usedPercent: Math.round(usedShare * 100),
        });
      if (this.#gate === "open" && before === "closed") slots.recheck();
      await clock.sleep(limits.memoryLookMs, signal);
    }
  }
}
