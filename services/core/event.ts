import type { EventName, EventPayload, MusterEvent } from "../contract/events.ts";

/** The event of a name, as subscribers get it. */
export function eventOf<N extends EventName>(name: N, payload: EventPayload<N>): MusterEvent {
  // The compiler cannot follow that name and payload belong together through N; the signature says it.
  return { name, payload } as MusterEvent;
}
