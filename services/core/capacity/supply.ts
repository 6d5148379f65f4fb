import type { HeardWorkers } from "../../contract/capacity.ts";
import { haveOf, type PoolView } from "./pool-view.ts";
import type { StillComing } from "./still-coming.ts";

/** A pool with what one may count on: machines that were asked for and will come, and whether more may be asked for. */
export type SuppliedPool = { readonly view: PoolView; readonly pending: number; readonly open: boolean };

/** Slots that there are and that come, and machines that come. */
export type Supply = {
  readonly running: number;
  readonly starting: number;
  readonly startingMachines: number;
  readonly active: number;
};

/** Slots of all pools together, those included that are only heard of. Machines that leave give none, but their runs are still there. */
export function supplyOf(pools: readonly SuppliedPool[], unseen: readonly (HeardWorkers & StillComing)[]): Supply {
  let [running, starting, startingMachines, active] = [0, 0, 0, 0];
  for (const heard of unseen) {
    running += heard.slots;
    starting += heard.starting;
    startingMachines += heard.startingMachines;
    active += heard.active;
  }
  for (const { view, pending } of pools) {
    running += view.runningSlots;
    const coming = haveOf(view, pending) - view.running.length;
    starting += coming * view.slotsEach;
    startingMachines += coming;
    active += view.active;
  }
  return { running, starting, startingMachines, active };
}
