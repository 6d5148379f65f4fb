import type { EventName, EventPayload, MusterEvent } from "../../contract/events.ts";
import { eventOf } from "../../core/event.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventSink } from "../../ports/event-sink.ts";

const WITHIN_MS = 5_000;

/** A sink that keeps every event. */
export type EventRecorder = EventSink & {
  readonly all: readonly MusterEvent[];
  /** Payloads of the events of one name, in the order in which they came. */
  of<N extends EventName>(name: N): EventPayload<N>[];
  /** The first event, past or to come, that `matches`; throws when `withinMs` pass on the clock without it. */
  waitFor<N extends EventName>(
    name: N,
    matches?: (payload: EventPayload<N>) => boolean,
    withinMs?: number,
  ): Promise<EventPayload<N>>;
};

/** Bounds of `waitFor` are measured on the given clock. */
export function eventRecorder(clock: Clock): EventRecorder {
  const all: MusterEvent[] = [];
  const waiting = new Set<() => void>();
  const of = <N extends EventName>(name: N) =>
    all.flatMap((event) => (event.name === name ? [event.payload as EventPayload<N>] : []));
  return {
    all,
    of,
    emit: (name, payload) => {
      all.push(eventOf(name, payload));
      for (const look of waiting) look();
    },
    waitFor: async (name, matches = () => true, withinMs = WITHIN_MS) => {
      const found = new AbortController();
      const look = () => {
        if (of(name).some(matches)) found.abort();
      };
      waiting.add(look);
      look();
      await clock.sleep(withinMs, found.signal);
      waiting.delete(look);
      const payload = of(name).find(matches);
      if (payload !== undefined) return payload;
      throw new Error(`no event ${name} within ${withinMs} ms; seen: ${all.map((event) => event.name).join(", ")}`);
    },
  };
}
