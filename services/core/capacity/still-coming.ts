/** What was on its way to a pool that cannot be read: it comes all the same, and nothing is bought elsewhere for it. Pure. */
import type { HeardWorkers, PoolMemory } from "../../contract/capacity.ts";
import { limits } from "../../contract/limits.ts";

/** What comes, in slots and in machines. */
export type StillComing = { readonly starting: number; readonly startingMachines: number };

/** What its workers do not have yet of what it had when it was last seen; nothing once that is `limits.unseenTrustMs` ago. */
export function stillComing(memory: PoolMemory | undefined, { slots }: HeardWorkers, nowMs: number): StillComing {
  const had = memory?.had;
  if (had === undefined || nowMs - had.atMs > limits.unseenTrustMs) return { starting: 0, startingMachines: 0 };
  const starting = Math.max(0, had.slots - slots);
  return { starting, startingMachines: Math.ceil(starting / had.slotsEach) };
}
