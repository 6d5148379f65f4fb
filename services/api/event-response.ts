/** A watch as a response: a stream that is read only as fast as the client takes it. */
import type { ApiParts } from "./deps.ts";
import { errorText } from "./error-text.ts";
import { frames, type Watch } from "./event-stream.ts";

/**
 * Server-Sent Events of a watch. A client that goes away ends the watch. A failing store ends it too: the client
 * reconnects and resumes after the last event that it got.
 */
export function eventResponse(parts: ApiParts, watch: Watch): Response {
  const left = new AbortController();
  const source = frames(parts, { ...watch, signal: AbortSignal.any([watch.signal, left.signal]) });
  const encoder = new TextEncoder();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(sink) {
        try {
          const next = await source.next();
          if (next.done) sink.close();
          else sink.enqueue(encoder.encode(next.value));
        } catch (error) {
          parts.events.emit("store.failed", { operation: "events", message: errorText(error) });
          sink.close();
        }
      },
      cancel: () => left.abort(),
    },
    { highWaterMark: 0 },
  );
  return new Response(body, { headers: { "content-type": "text/event-stream", "x-accel-buffering": "no" } });
}
