import { totalmem } from "node:os";
import type { MemoryGauge } from "../../ports/memory-gauge.ts";

/** What the runtime says of memory, in bytes; `process` says it. */
export type MemorySource = { availableMemory(): number; constrainedMemory(): number };

/**
 * The memory of the container where it has a limit, else of the machine: what is found at the start is what counts. Pages that
 * the system would give back count as free.
 */
export function memoryGauge(source: MemorySource = process, machineBytes: number = totalmem()): MemoryGauge {
  const limit = source.constrainedMemory();
  const found = limit > 0 ? Math.min(limit, machineBytes) : machineBytes;
  return {
    usedShare: () => {
      const free = source.availableMemory();
      // More free than there is: the two numbers are not about the same memory.
      return Number.isFinite(free) && free >= 0 && free <= found ? 1 - free / found : undefined;
    },
  };
}
