/** One connection to the event stream of a run. */
import { createParser } from "eventsource-parser";
import type { RunView } from "../../contract/http.ts";
import type { StreamEvent } from "../../contract/stream.ts";
import { mayReconnect, mayRetry, problemOf } from "../api/answer.ts";
import { type Http, headersOf, unreachable } from "../api/request.ts";
import { cliLimits } from "../bounds.ts";
import { CliFailure, Interrupted, Refusal } from "../failure.ts";
import { eventOf } from "./stream-event.ts";

/** Where a connection starts, and who hears its events. `reached` says whether the API has ever answered. */
export type Place = { readonly id: string; readonly lastId: string; readonly reached: boolean };

/** How a connection ended: with the run, or before it; then the wait that the API asked for, and the failure to tell. */
export type Outcome =
  | { readonly kind: "ended"; readonly run: RunView }
  | { readonly kind: "cut"; readonly retryAfter: string | null; readonly failure: CliFailure };

/** Aborts `over` when `heard` has not been called for `cliLimits.streamSilenceMs`; ends when `done` aborts. */
function watchdog(http: Http, over: AbortController, done: AbortSignal): () => void {
  let heardAtMs = http.clock.monotonicMs();
  const watch = async () => {
    while (!done.aborted) {
      const leftMs = heardAtMs + cliLimits.streamSilenceMs - http.clock.monotonicMs();
      if (leftMs <= 0) return over.abort(Object.assign(new Error("the stream fell silent"), { code: "ETIMEDOUT" }));
      await http.clock.sleep(leftMs, done);
    }
  };
  void watch();
  return () => {
    heardAtMs = http.clock.monotonicMs();
  };
}

/** Reads from behind `lastId` until the run or the connection ends. Throws `CliFailure` when another try cannot help. */
export async function readStream(http: Http, place: Place, onEvent: (event: StreamEvent) => void): Promise<Outcome> {
  const done = new AbortController();
  const over = new AbortController();
  const heard = watchdog(http, over, done.signal);
  let ended: RunView | undefined;
  const parser = createParser({
    maxBufferSize: cliLimits.streamEventChars,
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") throw new CliFailure("event-too-large", error.message);
    },
    onEvent: (message) => {
      const event = eventOf(message);
      if (event === undefined) return;
      if (event.event === "run.ended") ended = event.data;
      onEvent(event);
    },
  });
  try {
    const headers = headersOf(http, {
      accept: "text/event-stream",
      ...(place.lastId === "" ? {} : { "last-event-id": place.lastId }),
    });
    const signal = AbortSignal.any([http.signal, over.signal]);
    const response = await http.fetch(`${http.url}/v1/runs/${encodeURIComponent(place.id)}/events`, {
      headers,
      signal,
    });
    if (!response.ok) {
      const refusal = new Refusal(problemOf(response.status, await response.text()));
      if (!mayRetry(response.status)) throw refusal;
      return { kind: "cut", retryAfter: response.headers.get("retry-after"), failure: refusal };
    }
    const text = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      heard();
      parser.feed(text.decode(chunk, { stream: true }));
      if (ended !== undefined) return { kind: "ended", run: ended };
    }
    return {
      kind: "cut",
      retryAfter: null,
      failure: unreachable(http.url, new Error("the stream ends before the run")),
    };
  } catch (error) {
    if (http.signal.aborted) throw new Interrupted();
    if (error instanceof CliFailure) throw error;
    const failure = unreachable(http.url, error);
    if (!mayReconnect(error, place.reached)) throw failure;
    return { kind: "cut", retryAfter: null, failure };
  } finally {
    done.abort();
    over.abort();
  }
}
