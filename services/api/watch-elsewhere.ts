/** Streams and waits in a function of their own: who asks the other one for them is sent there. */
import { Hono } from "hono";
import { watchPrefix } from "../contract/http.ts";

/**
 * Where a request for a stream or a wait is to go, relative to its own address, so that a stage or a base path in front of it
 * stays; undefined for any other request.
 */
export function watchLocation({ method, url }: Pick<Request, "method" | "url">): string | undefined {
  const { pathname, search, searchParams } = new URL(url);
  const waits = Number(searchParams.get("wait") ?? 0) > 0 || pathname.endsWith("/events");
  if (method !== "GET" || !waits) return undefined;
  const up = "../".repeat(pathname.split("/").length - 2);
  return `${up}${watchPrefix.slice(1)}${pathname}${search}`;
}

/** The API without its waits: 307 to the function that has them, with the method and the key kept. */
export function sendingWatchersElsewhere(app: Hono): Hono {
  const front = new Hono();
  front.use(async (context, next) => {
    const location = watchLocation(context.req.raw);
    if (location === undefined) return next();
    return new Response(null, { status: 307, headers: { location, "cache-control": "no-store" } });
  });
  return front.mount("/", app.fetch);
}

/** The API as it is reached under the path of waits. */
export const underWatchPrefix = (app: Hono): Hono => new Hono().mount(watchPrefix, app.fetch);
