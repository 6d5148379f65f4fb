import type { EventName, EventPayload, MusterEvent } from "../contract/events.ts";

/** Takes events of the catalogue; never throws, never waits. */
export interface EventSink {
  emit<N extends EventName>(name: N, payload: EventPayload<N>): void;
}

/** Subscriber to events. */
export type EventListener = (event: MusterEvent) => void;
