/** The policy `step`: the specification's table of backlog and machines to add. Pure. */
import type { Because } from "../../contract/capacity-because.ts";
import type { CapacityPolicy } from "../../contract/capacity-policy.ts";
import { limits } from "../../contract/limits.ts";

/** What a step looks at. `firstSlots` are the slots of a machine of the first pool. */
export type StepInput = {
  readonly visible: number;
  readonly haveSlots: number;
  readonly startingMachines: number;
  readonly firstSlots: number;
  readonly steppedAtMs: number | undefined;
  readonly nowMs: number;
};

/** `slots` in all that the step asks for; `stepped` when it adds machines now. */
export type StepNeed = { readonly slots: number; readonly because: readonly Because[]; readonly stepped: boolean };

/**
 * Adds the machines of the highest row that the backlog is above, less those that start already, at most once in `limits.stepEveryMs`. Between
 * steps it asks for what there is. Without a row: one machine when something waits and there is none.
 */
export function stepNeed(steps: CapacityPolicy["steps"], input: StepInput): StepNeed {
  const { visible, haveSlots, startingMachines, firstSlots, steppedAtMs, nowMs } = input;
  const row = steps.findLast(({ above }) => visible > above);
  if (row === undefined) {
    const first = visible > 0 && haveSlots === 0;
    return { slots: first ? 1 : 0, because: first ? [{ kind: "first", visible }] : [], stepped: false };
  }
  const waitMs = steppedAtMs === undefined ? 0 : steppedAtMs + limits.stepEveryMs - nowMs;
  if (waitMs > 0) return { slots: haveSlots, because: [{ kind: "step-taken", waitMs }], stepped: false };
  const slots = haveSlots + Math.max(0, row.addMachines - startingMachines) * firstSlots;
  return { slots, because: [{ kind: "step", visible, ...row, startingMachines, slots }], stepped: slots > haveSlots };
}
