/** The API as one function from a request to a response; the Lambda handler and the local server both serve it. */
import { Hono } from "hono";
import { limits } from "../contract/limits.ts";
import { makeAuth } from "./auth.ts";
import type { ApiDeps, ApiParts } from "./deps.ts";
import { errorText } from "./error-text.ts";
import { frozenAgents } from "./frozen-agents.ts";
import { kicker } from "./kicker.ts";
import { isRefusal, problemResponse, refuse } from "./problem.ts";
import { queueRoom } from "./queue-room.ts";
import type { Route } from "./route.ts";
import { routes } from "./routes/all.ts";
import { waitHub } from "./wait-hub.ts";

/** Errors that our own code makes; any other comes from a store that did not answer, and is worth another try. */
const ownErrors: readonly (new (...args: never[]) => Error)[] = [TypeError, RangeError, ReferenceError, SyntaxError];

/** Answers without telling what broke; the event has it. */
function failure(parts: ApiParts, request: Request, error: unknown): Response {
  if (!request.signal.aborted) {
    const { pathname } = new URL(request.url);
    parts.events.emit("store.failed", { operation: `${request.method} ${pathname}`, message: errorText(error) });
  }
  const isOwn = ownErrors.some((own) => error instanceof own);
  return problemResponse(
    isOwn
      ? refuse("internal", "this is a fault of Muster, not of the request; its log says more")
      : refuse("unavailable", "the store did not answer; send the request again"),
  );
}

/** Path as the router writes it. */
const routerPath = (path: string): string => path.replace(/\{(\w+)\}/g, ":$1");

/** The routes of each path; a path without parameters comes before one that would take its word for an id. */
const routesByPath = (all: readonly Route[]): readonly (readonly [string, readonly Route[]])[] =>
  [...Map.groupBy(all, (route) => route.path)].toSorted(
    ([a], [b]) => Number(a.includes("{")) - Number(b.includes("{")),
  );

/** The app over ports. It starts nothing by itself: no timer, no connection. */
export function api(deps: ApiDeps): Hono {
  const { clock, events, backlog: store, queuedMax = limits.queuedMax } = deps;
  const room = queueRoom({ store, queuedMax, clock, events });
  const parts: ApiParts = {
    ...deps,
    auth: makeAuth(deps),
    frozen: frozenAgents(deps.agents, deps.savingsOff),
    waits: waitHub(deps),
    room,
    kicks: kicker({ ...deps, stores: deps.scalingStores }),
  };
  const app = new Hono();

  app.use(async (context, next) => {
    await next();
    context.res.headers.set("x-content-type-options", "nosniff");
    context.res.headers.set("cache-control", "no-store");
    await deps.answered?.();
  });
  for (const [path, own] of routesByPath(routes)) {
    for (const route of own) {
      app.on(route.method, routerPath(path), async (context) => {
        const outcome = await route.answer(parts, { request: context.req.raw, params: context.req.param() });
        return isRefusal(outcome) ? problemResponse(outcome) : outcome;
      });
    }
    const allow = own.map((route) => route.method).join(", ");
    app.all(routerPath(path), () =>
      problemResponse(refuse("method-not-allowed", `${path} takes ${allow}`, { headers: { allow } })),
    );
  }
  app.notFound(() => problemResponse(refuse("not-found", "GET /openapi.json lists every path")));
  app.onError((error, context) => failure(parts, context.req.raw, error));
  return app;
}
