/** GET /v1/breakers, GET and POST /v1/breakers/{class} */
import { z } from "zod";
import { type BreakerAction, type BreakerView, breakerAction, breakerList, breakerView } from "../../contract/http.ts";
import { limits } from "../../contract/limits.ts";
import { limitClassOf, prices } from "../../contract/models.ts";
import { defaultRateLimit, limitClass, type RateControl } from "../../contract/rate.ts";
import { stepBreaker } from "../../core/breaker.ts";
import { PERMIT, perMinute, shareAt } from "../../core/rate-clock.ts";
import { firstControl, withBreaker, withLimit } from "../../core/rate-control.ts";
import { correctionMs, withSample } from "../../core/server-clock.ts";
import type { LimitItem, Seen } from "../../ports/limiter-store.ts";
import type { ApiParts } from "../deps.ts";
import { inParallel } from "../in-parallel.ts";
import { refuse } from "../problem.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { isoTime } from "../view.ts";
import { exampleBreaker } from "./examples.ts";

const classPath = only(z.object({ class: limitClass }));

/** A store answer with the time of its server, by which the workers act too. */
async function timed({ clock }: ApiParts, ask: () => Promise<Seen>): Promise<Seen & { nowMs: number }> {
  const sentMs = clock.nowMs();
  const seen = await ask();
  const receivedMs = clock.nowMs();
  if (seen.serverDateMs === undefined) return { ...seen, nowMs: receivedMs };
  const bounds = withSample(undefined, { dateMs: seen.serverDateMs, sentMs, receivedMs });
  return { ...seen, nowMs: receivedMs + correctionMs(bounds) };
}

function viewOf(name: string, item: LimitItem | undefined, nowMs: number): BreakerView {
  if (item === undefined) return { limitClass: name, state: "closed", calls: 0, failures: 0 };
  const { control, tallies } = item;
  const { breaker } = control;
  const counts = [...tallies].filter(([bucket]) => bucket * limits.tallyMs > nowMs - limits.breakerWindowMs);
  const sum = (field: "calls" | "failures") => counts.reduce((all, [, tally]) => all + tally[field], 0);
  return {
    limitClass: name,
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

const nameOf = ({ rate }: ApiParts, name: string) => ({
  platform: rate.platform,
  workspace: rate.workspace,
  limitClass: name,
});

async function read(parts: ApiParts, name: string): Promise<BreakerView> {
  const { item, nowMs } = await timed(parts, () => parts.limiter.read(nameOf(parts, name)));
  return viewOf(name, item, nowMs);
}

function acted(control: RateControl, what: BreakerAction, rampMs: number, nowMs: number): RateControl {
  if (what.action === "limit") return withLimit(control, { limit: what.limit, by: "operator" }, nowMs);
  const next = stepBreaker(control.breaker, { kind: "operator", action: what.action }, nowMs);
  return withBreaker(control, next, { rampMs, nowMs });
}

/** Changes the class against its workers; undefined when they changed it every time in between. */
async function act(parts: ApiParts, name: string, what: BreakerAction): Promise<BreakerView | undefined> {
  const { limiter, clock, rate, events } = parts;
  const key = nameOf(parts, name);
  const first = firstControl(defaultRateLimit, rate.rampMs, clock.nowMs());
  let { item, nowMs } = await timed(parts, () => limiter.begin(key, first));
  for (let i = 0; i < limits.rateTries && item !== undefined; i++) {
    const next = acted(item.control, what, rate.rampMs, nowMs);
    if (next === item.control) return viewOf(name, item, nowMs);
    const answer = await limiter.change(key, item.version, next);
    if (answer.kind === "changed") {
      if (what.action === "open") events.emit("breaker.opened", { limitClass: name, cause: "operator" });
      if (what.action === "close") events.emit("breaker.closed", { limitClass: name });
      return viewOf(name, answer.item, nowMs);
    }
    ({ item, nowMs } = await timed(parts, async () => answer));
  }
  return undefined;
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
    const classes = [...new Set(Object.keys(prices).map(limitClassOf))];
    return json({ breakers: await inParallel(classes, (name) => read(parts, name)) });
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
  answers: { 200: { what: "The class", schema: breakerView, example: exampleBreaker } },
  refusals: [],
  handle: async (parts, { params }) => json(await read(parts, params.class)),
});

export const setBreaker = defineRoute({
  ...takesNothing,
  method: "POST",
  path: "/v1/breakers/{class}",
  operation: "setBreaker",
  access: "operator",
  summary: "Open or close the breaker of a limit class, or change its limit; all workers follow within five seconds",
  params: classPath,
  body: only(breakerAction),
  answers: { 200: { what: "The class as it is now", schema: breakerView, example: exampleBreaker } },
  refusals: [],
  handle: async (parts, { params, body }) => {
    const view = await act(parts, params.class, body);
    return view === undefined
      ? refuse("unavailable", "the class changes too fast; send the request again")
      : json(view);
  },
});
