import { eventOf } from "../../core/event.ts";
import type { EventListener, EventSink } from "../../ports/event-sink.ts";

/** A sink that hands every event to its listeners, in the order in which they came. */
export type EventBus = EventSink & {
  /** Gives the function that ends the subscription. */
  subscribe(listener: EventListener): () => void;
};

/** One bus for each process. A listener that throws loses that event; the emitter and the other listeners do not notice. */
export function eventBus(first: readonly EventListener[] = []): EventBus {
  const listeners = new Set(first);
  return {
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    emit: (name, payload) => {
      const event = eventOf(name, payload);
      for (const listener of listeners) {
        try {
          listener(event);
        } catch {
          // A sink never throws: telling of an event must not fail what the event tells of.
        }
      }
    },
  };
}
