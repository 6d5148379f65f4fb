/** GET /v1/breakers, GET and POST /v1/breakers/{class} */
import { z } from "zod";
import { type BreakerView, breakerAction, breakerList, breakerView } from "../../contract/http.ts";
import { limits } from "../../contract/limits.ts";
import { platform } from "../../contract/platforms.ts";
import { limitClass } from "../../contract/rate.ts";
import { stepBreaker } from "../../core/breaker.ts";
import { PERMIT, perMinute, shareAt } from "../../core/rate-clock.ts";
import { withBreaker } from "../../core/rate-control.ts";
import { inParallel } from "../in-parallel.ts";
import { type ClassName, changeClass, classNames, readClass, type SeenClass } from "../limit-class.ts";
import { refuse } from "../problem.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { isoTime } from "../view.ts";
import { exampleBreaker } from "./examples.ts";

const classPath = only(z.object({ class: limitClass }));
const onPlatform = only(z.strictObject({ platform: platform.optional() }));

function viewOf({ limitClass, platform }: ClassName, { item, nowMs }: SeenClass): BreakerView {
  const of = platform === undefined ? {} : { platform };
  if (item === undefined) return { limitClass, ...of, state: "closed", calls: 0, failures: 0 };
  const { control, tallies } = item;
  const { breaker } = control;
  const counts = [...tallies].filter(([bucket]) => bucket * limits.tallyMs > nowMs - limits.breakerWindowMs);
  const sum = (field: "calls" | "failures") => counts.reduce((all, [, tally]) => all + tally[field], 0);
  return {
    limitClass,
    ...of,
    state: breaker.kind,
    ...(breaker.kind === "closed" ? {} : { cause: breaker.cause, since: isoTime(breaker.atMs) }),
    ...(breaker.kind === "open" && breaker.probeAtMs !== undefined ? { probeAt: isoTime(breaker.probeAtMs) } : {}),
    ...(control.pausedUntilMs > nowMs ? { pausedUntil: isoTime(control.pausedUntilMs) } : {}),
    share: Math.round(shareAt(control, nowMs) * 1_000) / 1_000,
    requestsPerMinute: perMinute(control).requests / PERMIT,
    limit: control.limit,
    calls: sum("calls"),
    failures: sum("failures"),
  };
}

export const listBreakers = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/breakers",
  operation: "listBreakers",
  access: "operator",
  summary: "Breaker and rate of every limit class that Muster knows",
  answers: { 200: { what: "The classes", schema: breakerList, example: { breakers: [exampleBreaker] } } },
  refusals: [],
  handle: async (parts) => {
    const view = async (name: ClassName) => viewOf(name, await readClass(parts, name));
    return json({ breakers: await inParallel(classNames(parts), view) });
  },
});

export const getBreaker = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/breakers/{class}",
  operation: "getBreaker",
  access: "operator",
  summary: "Breaker and rate of one limit class",
  params: classPath,
  query: onPlatform,
  answers: { 200: { what: "The class", schema: breakerView, example: exampleBreaker } },
  refusals: [],
  handle: async (parts, { params, query }) => {
    const name = { limitClass: params.class, ...query };
    return json(viewOf(name, await readClass(parts, name)));
  },
});

export const setBreaker = defineRoute({
  ...takesNothing,
  method: "POST",
  path: "/v1/breakers/{class}",
  operation: "setBreaker",
  access: "operator",
  summary: "Open or close the breaker of a limit class; all workers follow within five seconds",
  params: classPath,
  query: onPlatform,
  body: only(breakerAction),
  answers: { 200: { what: "The class as it is now", schema: breakerView, example: exampleBreaker } },
  refusals: [],
  handle: async (parts, { params, query, body }) => {
    const { rampMs } = parts.rate;
    const name = { limitClass: params.class, ...query };
    const done = await changeClass(parts, name, (control, nowMs) =>
      withBreaker(control, stepBreaker(control.breaker, { kind: "operator", action: body.action }, nowMs), {
        rampMs,
        nowMs,
      }),
    );
    if (done === undefined) return refuse("unavailable", "the class changes too fast; send the request again");
    if (done.changed && body.action === "open")
      parts.events.emit("breaker.opened", { limitClass: params.class, cause: "operator" });
    if (done.changed && body.action === "close") parts.events.emit("breaker.closed", { limitClass: params.class });
    return json(viewOf(name, done));
  },
});
