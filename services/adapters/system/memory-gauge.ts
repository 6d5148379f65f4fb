import { totalmem } from "node:os";
import type { MemoryGauge } from "../../ports/memory-gauge.ts";

/** What the runtime says of memory, in bytes; `process` says it. */
export type MemorySource = { availableMemory(): number; constrainedMemory(): number };

/** The memory of the container where it has a limit, else of the machine, in bytes. A container with a limit must stay below that. */
export function foundBytes(source: Pick<MemorySource, "constrainedMemory">, machineBytes: number): number {
  const limit = source.constrainedMemory();
  return limit > 0 ? Math.min(limit, machineBytes) : machineBytes;
}

/** Of the memory that is found at the start. Pages that the system would give back count as free. */
export function memoryGauge(source: MemorySource = process, machineBytes: number = totalmem()): MemoryGauge {
  const found = foundBytes(source, machineBytes);
  return {
    usedShare: () => {
      const free = source.availableMemory();
      // More free than there is: the two numbers are not about the same memory.
      return Number.isFinite(free) && free >= 0 && free <= found ? 1 - free / found : undefined;
    },
  };
}
