/** GET /v1/limits, GET, PUT and DELETE /v1/limits/{class} */
import { z } from "zod";
import { type LimitView, limitChange, limitList, limitView } from "../../contract/limit-view.ts";
import { platform } from "../../contract/platforms.ts";
import { limitClass, type RateControl } from "../../contract/rate.ts";
import { PERMIT, perMinute, shareAt } from "../../core/rate-clock.ts";
import { changedLimit, limitOf, settingsOf, withLimit } from "../../core/rate-control.ts";
import type { ApiParts } from "../deps.ts";
import { inParallel } from "../in-parallel.ts";
import { type ClassName, changeClass, classNames, readClass, type SeenClass } from "../limit-class.ts";
import { refuse } from "../problem.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { isoTime } from "../view.ts";
import { exampleLimit } from "./examples.ts";

const classPath = only(z.object({ class: limitClass }));
const onPlatform = only(z.strictObject({ platform: platform.optional() }));
const answers = { 200: { what: "The class as it is now", schema: limitView, example: exampleLimit } };

function viewOf({ limitClass, platform }: ClassName, { item, nowMs }: SeenClass): LimitView {
  const of = platform === undefined ? {} : { platform };
  if (item === undefined) return { limitClass, ...of };
  const { control } = item;
  return {
    limitClass,
    ...of,
    limit: control.limit,
    setBy: control.limitBy,
    ...(Object.keys(control.server).length === 0 ? {} : { server: control.server }),
    requestsPerMinute: perMinute(control).requests / PERMIT,
    share: Math.round(shareAt(control, nowMs) * 1_000) / 1_000,
    ...(control.pausedUntilMs > nowMs ? { pausedUntil: isoTime(control.pausedUntilMs) } : {}),
  };
}

async function change(parts: ApiParts, name: ClassName, decide: (control: RateControl, nowMs: number) => RateControl) {
  const done = await changeClass(parts, name, decide);
  if (done === undefined) return refuse("unavailable", "the class changes too fast; send the request again");
  const view = viewOf(name, done);
  const { setBy = "settings", requestsPerMinute = 0 } = view;
  if (done.changed) parts.events.emit("rate.limit-set", { limitClass: name.limitClass, requestsPerMinute, setBy });
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
    const view = async (name: ClassName) => viewOf(name, await readClass(parts, name));
    return json({ limits: await inParallel(classNames(parts), view) });
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
  query: onPlatform,
  answers: { 200: { what: "The class", schema: limitView, example: exampleLimit } },
  refusals: [],
  handle: async (parts, { params, query }) => {
    const name = { limitClass: params.class, ...query };
    return json(viewOf(name, await readClass(parts, name)));
  },
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
  query: onPlatform,
  body: only(limitChange),
  answers,
  refusals: [],
  handle: (parts, { params, query, body }) =>
    change(parts, { limitClass: params.class, ...query }, (control, nowMs) =>
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
  query: onPlatform,
  answers,
  refusals: [],
  handle: (parts, { params, query: { platform: of = parts.rate.platform } }) =>
    change(parts, { limitClass: params.class, platform: of }, (control, nowMs) =>
      control.limitBy === "settings"
        ? control
        : withLimit(control, { limit: limitOf(settingsOf(parts.rate, of), params.class), by: "settings" }, nowMs),
    ),
});
