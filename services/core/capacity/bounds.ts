/** Floor and ceiling of the whole fleet: the policy's, and a person's order while it lasts. Pure. */
import type { ManualOrder } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import type { CapacityPolicy } from "../../contract/capacity-policy.ts";
import type { Cap } from "./caps.ts";
import type { Need } from "./need.ts";

type By = "policy" | "order";

/** In slots. No ceiling: what the pools may have. */
export type Bounds = {
  readonly floor: number;
  readonly floorBy: By;
  readonly ceiling: number;
  readonly ceilingBy: By;
};

/** The order, unless its time is over. */
export const inForce = (order: ManualOrder | undefined, nowMs: number): ManualOrder | undefined =>
  order?.untilMs !== undefined && order.untilMs <= nowMs ? undefined : order;

/** The narrower of policy and order; a ceiling wins over a floor. */
export function boundsOf(policy: CapacityPolicy, order: ManualOrder | undefined): Bounds {
  const { ceilingSlots: byPolicy = Number.POSITIVE_INFINITY, floorSlots } = policy;
  const { ceilingSlots: byOrder = Number.POSITIVE_INFINITY, floorSlots: orderFloor = 0 } = order ?? {};
  const ceiling = Math.min(byPolicy, byOrder);
  return {
    floor: Math.min(ceiling, Math.max(floorSlots, orderFloor)),
    floorBy: orderFloor > floorSlots ? "order" : "policy",
    ceiling,
    ceilingBy: byOrder < byPolicy ? "order" : "policy",
  };
}

/** `launch`: slots that are to be there. `keep`: slots that are not to leave, at least `launch`. */
export type Wanted = { readonly launch: number; readonly keep: number; readonly because: readonly Because[] };

/** What caps and bounds leave of a need; `highest` is the need of the whole window. The floor stands whatever caps say. */
export function wantedOf(
  need: Need,
  highest: number,
  { caps, bounds }: { readonly caps: readonly Cap[]; readonly bounds: Bounds },
): Wanted {
  const { floor, floorBy, ceiling, ceilingBy } = bounds;
  const fed = Math.min(need.slots, ...caps.map((cap) => cap.launch));
  const useful = Math.min(Math.max(need.keep, highest), ...caps.map((cap) => Math.max(cap.keep, cap.launch)));
  const launch = Math.max(floor, Math.min(fed, ceiling));
  const narrowest = caps.toSorted((a, b) => a.launch - b.launch)[0];
  const because: Because[] = [];
  if (narrowest !== undefined && narrowest.launch < need.slots) because.push(narrowest.because(need.slots));
  if (fed > ceiling) because.push({ kind: "ceiling", slots: ceiling, by: ceilingBy, needed: fed });
  if (floor > 0 && floor >= fed) because.push({ kind: "floor", slots: floor, by: floorBy });
  return { launch, keep: Math.max(launch, floor, Math.min(useful, ceiling)), because };
}
