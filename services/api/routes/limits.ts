/** GET /v1/limits, GET, PUT and DELETE /v1/limits/{class} */
import { z } from "zod";
import { type LimitView, limitChange, limitList, limitView } from "../../contract/limit-view.ts";
import { limitClass, type RateControl } from "../../contract/rate.ts";
import { PERMIT, perMinute, shareAt } from "../../core/rate-clock.ts";
import { changedLimit, limitOf, withLimit } from "../../core/rate-control.ts";
import type { ApiParts } from "../deps.ts";
import { inParallel } from "../in-parallel.ts";
import { changeClass, limitClasses, readClass, type SeenClass } from "../limit-class.ts";
import { refuse } from "../problem.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { isoTime } from "../view.ts";
import { exampleLimit } from "./examples.ts";

const classPath = only(z.object({ class: limitClass }));
const answers = { 200: { what: "The class as it is now", schema: limitView, example: exampleLimit } };

function viewOf(name: string, { item, nowMs }: SeenClass): LimitView {
  if (item === undefined) return { limitClass: name };
  const { control } = item;
  return {
    limitClass: name,
    limit: control.limit,
    setBy: control.limitBy,
    ...(Object.keys(control.server).length === 0 ? {} : { server: control.server }),
    requestsPerMinute: perMinute(control).requests / PERMIT,
    share: Math.round(shareAt(control, nowMs) * 1_000) / 1_000,
    ...(control.pausedUntilMs > nowMs ? { pausedUntil: isoTime(control.pausedUntilMs) } : {}),
  };
}

async function change(parts: ApiParts, name: string, decide: (control: RateControl, nowMs: number) => RateControl) {
  const done = await changeClass(parts, name, decide);
  if (done === undefined) return refuse("unavailable", "the class changes too fast; send the request again");
  const view = viewOf(name, done);
  const { setBy = "settings", requestsPerMinute = 0 } = view;
  if (done.changed) parts.events.emit("rate.limit-set", { limitClass: name, requestsPerMinute, setBy });
  return json(view);
}

export const listLimits = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/limits",
  operation: "listLimits",
  access: "operator",
  summary: "Rate limits of every class that Muster knows",
  answers: { 200: { what: "The classes", schema: limitList, example: { limits: [exampleLimit] } } },
  refusals: [],
  handle: async (parts) => {
    const view = async (name: string) => viewOf(name, await readClass(parts, name));
    return json({ limits: await inParallel(limitClasses(), view) });
  },
});

export const getLimit = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/limits/{class}",
  operation: "getLimit",
  access: "operator",
  summary: "Rate limits of one class",
  params: classPath,
  answers: { 200: { what: "The class", schema: limitView, example: exampleLimit } },
  refusals: [],
  handle: async (parts, { params }) => json(viewOf(params.class, await readClass(parts, params.class))),
});

export const setLimit = defineRoute({
  ...takesNothing,
  method: "PUT",
  path: "/v1/limits/{class}",
  operation: "setLimit",
  access: "operator",
  summary: "Change the limits of a class from now on; fields that are left out stay as they are",
  description: "Calls that wait for their slot follow too. What the server's headers said before is forgotten.",
  params: classPath,
  body: only(limitChange),
  answers,
  refusals: [],
  handle: (parts, { params, body }) =>
    change(parts, params.class, (control, nowMs) =>
      withLimit(control, { limit: changedLimit(control.limit, body), by: "operator" }, nowMs),
    ),
});

export const resetLimit = defineRoute({
  ...takesNothing,
  method: "DELETE",
  path: "/v1/limits/{class}",
  operation: "resetLimit",
  access: "operator",
  summary: "Go back to the limits of the settings",
  params: classPath,
  answers,
  refusals: [],
  handle: (parts, { params }) =>
    change(parts, params.class, (control, nowMs) =>
      control.limitBy === "settings"
        ? control
        : withLimit(control, { limit: limitOf(parts.rate, params.class), by: "settings" }, nowMs),
    ),
});
