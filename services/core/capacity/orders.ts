/** What a person's word makes of the order that is in force, and what the history says of it. Pure. */
import type { ManualOrder } from "../../contract/capacity.ts";
import type { ScaleFleet } from "../../contract/capacity-events.ts";
import { limits } from "../../contract/limits.ts";
import { inForce } from "./bounds.ts";

/** Who says it, and when. */
export type Saying = { readonly by: string; readonly nowMs: number };

/** An order that is given now, or that none is left; `wrong` names a mistake that the schema cannot see. */
export type Ordered =
  | { readonly kind: "order"; readonly what: "scale" | "hold" | "resume"; readonly order: ManualOrder | undefined }
  | { readonly kind: "wrong"; readonly field: "until" | "floorSlots"; readonly message: string };

/** Fields that are absent stay as they are, the end of the order that is in force too. */
export function ordered(before: ManualOrder | undefined, said: ScaleFleet, { by, nowMs }: Saying): Ordered {
  if (said.resume === true) return { kind: "order", what: "resume", order: undefined };
  const kept = inForce(before, nowMs);
  const untilMs = said.until === undefined ? kept?.untilMs : Date.parse(said.until);
  if (untilMs !== undefined && untilMs <= nowMs) return { kind: "wrong", field: "until", message: "is in the past" };
  if (untilMs !== undefined && untilMs - nowMs > limits.orderMaxMs) {
    const days = limits.orderMaxMs / 86_400_000;
    return { kind: "wrong", field: "until", message: `is more than ${days} days ahead; order again by then` };
  }
  const floorSlots = said.floorSlots ?? kept?.floorSlots;
  const ceilingSlots = said.ceilingSlots ?? kept?.ceilingSlots;
  if (floorSlots !== undefined && ceilingSlots !== undefined && floorSlots > ceilingSlots)
    return { kind: "wrong", field: "floorSlots", message: `${floorSlots} is above the ceiling of ${ceilingSlots}` };
  const order: ManualOrder = {
    ...{ hold: said.hold ?? kept?.hold ?? false, by, atMs: nowMs },
    ...(floorSlots === undefined ? {} : { floorSlots }),
    ...(ceilingSlots === undefined ? {} : { ceilingSlots }),
    ...(untilMs === undefined ? {} : { untilMs }),
  };
  return { kind: "order", what: said.hold === undefined ? "scale" : said.hold ? "hold" : "resume", order };
}
