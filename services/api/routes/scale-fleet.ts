/** POST /v1/fleet/scale */
import { scaleFleet, scalingEventId } from "../../contract/capacity-events.ts";
import { scaleAnswer } from "../../contract/capacity-view.ts";
import { limits } from "../../contract/limits.ts";
import { ordered } from "../../core/capacity/orders.ts";
import { orderViewOf } from "../capacity-view.ts";
import { refuse } from "../problem.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { exampleOrder } from "./capacity-examples.ts";

export const scaleFleetRoute = defineRoute({
  ...takesNothing,
  method: "POST",
  path: "/v1/fleet/scale",
  operation: "scaleFleet",
  access: "operator",
  summary: "Order a floor, a ceiling or a hold of the fleet's capacity, or take every order back",
  description: [
    "Decided at once. A floor keeps so many slots, a ceiling allows no more, hold leaves every pool as it is; all are bounded by the",
    "pools' own minimum and maximum. Fields that are left out stay as they are, `until` too, which ends the order by itself, and `resume` at once.",
  ].join(" "),
  body: only(scaleFleet),
  answers: { 200: { what: "The order that is in force now", schema: scaleAnswer, example: { order: exampleOrder } } },
  refusals: ["not-scaled", "invalid-request"],
  handle: async ({ scalingStores, clock, chance, events }, { body, caller }) => {
    // An order that nobody ever reads would look as if it had been taken.
    if ((await scalingStores?.memory.summary()) === undefined || scalingStores === undefined)
      return refuse("not-scaled", "this installation has a fixed number of workers, or no controller has decided yet");
    const { desk, log } = scalingStores;
    for (let tries = 0; tries < limits.orderTries; tries++) {
      const before = await desk.order();
      const nowMs = clock.nowMs();
      const by = caller.name.slice(0, limits.detailChars);
      const said = ordered(before, body, { by, nowMs });
      if (said.kind === "wrong")
        return refuse("invalid-request", `${said.field} ${said.message}`, { mistakes: [said] });
      const { what, order } = said;
      if (!(await desk.changeOrder(before, order))) continue;
      const id = scalingEventId(nowMs, chance.id().slice(0, 12));
      const { floorSlots, ceilingSlots, untilMs } = order ?? {};
      const bounds = {
        ...(floorSlots === undefined ? {} : { floorSlots }),
        ...(ceilingSlots === undefined ? {} : { ceilingSlots }),
        ...(untilMs === undefined ? {} : { untilMs }),
      };
      await log.append([{ kind: "order", id, atMs: nowMs, what, by, ...bounds }]);
      await desk.kick(chance.id());
      events.emit("scaling.ordered", { what, by });
      return json(order === undefined ? {} : { order: orderViewOf(order) });
    }
    return refuse("unavailable", "the orders change too fast; send the request again");
  },
});
