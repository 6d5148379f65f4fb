/**
 * Decides how many machines each pool shall have, which of them leave, and says why: a pure function of what is known, the
 * policy and the time. First what is not known (a pool: it is held alone; anything else: everything holds), then how many
 * slots are needed, what bounds that, which pools give them, and last, slowly, what may leave.
 */
import type { DecideCapacity } from "../../contract/capacity.ts";
import type { Because } from "../../contract/capacity-because.ts";
import { boundsOf, inForce } from "./bounds.ts";
import { factsOf } from "./facts.ts";
import { viewFleet } from "./fleet-view.ts";
import { hold } from "./hold.ts";
import { scale } from "./scale.ts";
import { seenOf } from "./supplied.ts";
import { supplyOf } from "./supply.ts";
import { unseenBecause } from "./unseen-because.ts";

export const decide: DecideCapacity = (snapshot, policy, nowMs) => {
  const fleet = viewFleet(snapshot, policy, nowMs);
  const seen = fleet.pools.map((view) => seenOf(view, snapshot, nowMs));
  const deciding = { snapshot, policy, nowMs, fleet, seen };
  const order = inForce(snapshot.order, nowMs);
  if (order?.hold === true) {
    const { by, untilMs } = order;
    return hold(deciding, [{ kind: "order-hold", by, ...(untilMs === undefined ? {} : { untilMs }) }], undefined);
  }
  const facts = factsOf(snapshot, fleet, nowMs);
  if (facts.kind === "known") return scale(deciding, facts.facts, order);
  const because = facts.unknown.map((one): Because => ({ kind: "hold", ...one }));
  const { running, starting } = supplyOf([], fleet.unseen);
  const floor = fleet.unknown.length > 0 ? 0 : Math.max(0, boundsOf(policy, order).floor - running - starting);
  return hold(deciding, [...because, ...unseenBecause(fleet)], floor);
};
