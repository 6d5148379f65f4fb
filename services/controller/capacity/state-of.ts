/** What the next decision needs of this one. Pure. */
import type { CapacityMemory, PoolAnswer } from "../../contract/capacity.ts";
import type { ScalingState } from "../../contract/scaling.ts";
import type { Taken } from "./snapshot.ts";

/** A decision by its time and name, and what it was made of. */
export type MadeOf = { readonly taken: Taken; readonly id: string; readonly atMs: number };

/** The state to keep, with what is remembered of pools and what they answered last. */
export function stateOf(
  { taken, id, atMs }: MadeOf,
  memory: CapacityMemory,
  answers: readonly PoolAnswer[],
): ScalingState {
  const { heard, paces, calledAtMs, firstSeen, spend, snapshot } = taken;
  return {
    ...{ v: 1, atMs, decision: id, memory, answers: [...answers], heard, paces, calledAtMs, firstSeen },
    ...(snapshot.order === undefined ? {} : { order: snapshot.order }),
    ...(spend === undefined ? {} : { spend }),
  };
}
