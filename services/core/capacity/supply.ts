import type { HeardWorkers } from "../../contract/capacity.ts";
import { haveOf, type PoolView } from "./pool-view.ts";

/** A pool with what one may count on: machines that were asked for and will come, and whether more may be asked for. */
export type SuppliedPool = { readonly view: PoolView; readonly pending: number; readonly open: boolean };

/** Slots that there are and that come. */
export type Supply = { readonly running: number; readonly starting: number; readonly active: number };

/** Slots of all pools together, those included that are only heard of. Machines that leave give none, but their runs are still there. */
export function supplyOf(pools: readonly SuppliedPool[], unseen: readonly HeardWorkers[]): Supply {
  let [running, starting, active] = [0, 0, 0];
  for (const heard of unseen) {
    running += heard.slots;
    active += heard.active;
  }
  for (const { view, pending } of pools) {
    running += view.runningSlots;
    starting += (haveOf(view, pending) - view.running.length) * view.slotsEach;
    active += view.active;
  }
  return { running, starting, active };
}
