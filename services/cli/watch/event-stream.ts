/** The event stream of a run, whole, however often the connection breaks. */
import { createParser, type EventSourceMessage } from "eventsource-parser";
import type { RunView } from "../../contract/http.ts";
import { type StreamEvent, streamEvents } from "../../contract/stream.ts";
import { mayRetry, parseJson, problemOf, retryWaitMs } from "../api/answer.ts";
import { type Http, headersOf, unreachable } from "../api/request.ts";
import { cliLimits } from "../bounds.ts";
import { CliFailure, Interrupted, Refusal } from "../failure.ts";

/** How one connection ended: with the run, or before it (`retryAfter` as the API asked, `cause` when it failed). */
type Cut = { readonly kind: "cut"; readonly retryAfter: string | null; readonly cause: unknown };
type Outcome = { readonly kind: "ended"; readonly run: RunView } | Cut;

/** Checks an event; undefined for kinds that this version does not know. Throws `CliFailure` when it breaks the contract. */
export function eventOf({ event, id, data }: EventSourceMessage): StreamEvent | undefined {
  const value = parseJson(data);
  const place = id === undefined || id === "" ? {} : { id };
  const wrong = (cause: Error): never => {
    throw new CliFailure("not-the-contract", `event ${event} ${id ?? ""}: ${cause.message}`, { cause });
  };
  // One branch for each kind: only so the compiler knows which data belongs to which name.
  switch (event) {
    case "run.accepted": {
      const read = streamEvents[event].safeParse(value);
      return read.success ? { event, ...place, data: read.data } : wrong(read.error);
    }
    case "tool.result": {
      const read = streamEvents[event].safeParse(value);
      return read.success ? { event, ...place, data: read.data } : wrong(read.error);
    }
    case "turn.committed": {
      const read = streamEvents[event].safeParse(value);
      return read.success ? { event, ...place, data: read.data } : wrong(read.error);
    }
    case "run.ended": {
      const read = streamEvents[event].safeParse(value);
      return read.success ? { event, ...place, data: read.data } : wrong(read.error);
    }
    case "live": {
      const read = streamEvents[event].safeParse(value);
      return read.success ? { event, ...place, data: read.data } : wrong(read.error);
    }
    default:
      return undefined;
  }
}

/** Aborts `over` when `heard` has not been called for `cliLimits.streamSilenceMs`; ends when `done` aborts. */
function watchdog(http: Http, over: AbortController, done: AbortSignal): () => void {
  let heardAtMs = http.clock.monotonicMs();
  const watch = async () => {
    while (!done.aborted) {
      const leftMs = heardAtMs + cliLimits.streamSilenceMs - http.clock.monotonicMs();
      if (leftMs <= 0) return over.abort(new Error(`silent for ${cliLimits.streamSilenceMs} ms`));
      await http.clock.sleep(leftMs, done);
    }
  };
  void watch();
  return () => {
    heardAtMs = http.clock.monotonicMs();
  };
}

/** Reads one connection from behind `lastId`. Throws `Refusal` when asking again cannot help. */
async function connectOnce(
  http: Http,
  id: string,
  lastId: string,
  onEvent: (event: StreamEvent) => void,
): Promise<Outcome> {
  const done = new AbortController();
  const over = new AbortController();
  const heard = watchdog(http, over, done.signal);
  let ended: RunView | undefined;
  const parser = createParser({
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
      ...(lastId === "" ? {} : { "last-event-id": lastId }),
    });
    const signal = AbortSignal.any([http.signal, over.signal]);
    const response = await http.fetch(`${http.url}/v1/runs/${encodeURIComponent(id)}/events`, { headers, signal });
    if (!response.ok) {
      const refusal = new Refusal(problemOf(response.status, await response.text()));
      if (!mayRetry(response.status)) throw refusal;
      return { kind: "cut", retryAfter: response.headers.get("retry-after"), cause: refusal };
    }
    const text = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      heard();
      parser.feed(text.decode(chunk, { stream: true }));
      if (ended !== undefined) return { kind: "ended", run: ended };
    }
    return { kind: "cut", retryAfter: null, cause: new Error("the stream ended before the run did") };
  } catch (error) {
    if (http.signal.aborted) throw new Interrupted();
    if (error instanceof CliFailure) throw error;
    return { kind: "cut", retryAfter: null, cause: error };
  } finally {
    done.abort();
    over.abort();
  }
}

/**
 * Follows a run to its end: every durable event once and in order, `live` ones as they come. After a cut it goes on
 * behind the last event that had an id. Throws `Refusal` (no such run), `unreachable` after `cliLimits.reconnects`
 * connections without a new event, or `Interrupted`.
 */
export async function followRun(http: Http, id: string, onEvent: (event: StreamEvent) => void): Promise<RunView> {
  let lastId = "";
  for (let fruitless = 0; ; fruitless++) {
    const startedAtMs = http.clock.monotonicMs();
    const before = lastId;
    const outcome = await connectOnce(http, id, lastId, (event) => {
      lastId = event.id ?? lastId;
      onEvent(event);
    });
    if (outcome.kind === "ended") return outcome.run;
    // The API cuts long streams on purpose: one that brought something or lasted is no failure.
    if (lastId !== before || http.clock.monotonicMs() - startedAtMs > cliLimits.streamSilenceMs) fruitless = 0;
    if (fruitless >= cliLimits.reconnects || (lastId === "" && fruitless > 0)) throw givenUp(http.url, outcome.cause);
    await http.clock.sleep(retryWaitMs(fruitless, outcome.retryAfter, http.chance.fraction()), http.signal);
    if (http.signal.aborted) throw new Interrupted();
  }
}

const givenUp = (url: string, cause: unknown): unknown => (cause instanceof Refusal ? cause : unreachable(url, cause));
