/** Whether new slots may open, by the memory that is in use on the machine. Pure. */
import { limits } from "../contract/limits.ts";

/** Whether runs may come in. */
export type MemoryGate = "open" | "closed";

/**
 * Shuts at `memoryShare` of the memory found and opens again below `memoryOpenShare`, so that one run more or less does not
 * turn it to and fro. What is not known changes nothing.
 */
export function turnGate(gate: MemoryGate, usedShare: number | undefined): MemoryGate {
  if (usedShare === undefined) return gate;
  if (usedShare >= limits.memoryShare) return "closed";
  return usedShare < limits.memoryOpenShare ? "open" : gate;
}

/** Slots that may be in use: behind a closed gate none opens, but a worker without a run may have one, or nothing would ever run. */
export const slotsBehind = (gate: MemoryGate, slots: number, active: number): number =>
  gate === "open" ? slots : Math.min(slots, Math.max(1, active));
