import { describe, expect, test } from "vitest";
import type { MusterEvent } from "../../services/contract/events.ts";
import type { EventSink } from "../../services/ports/event-sink.ts";

/** `seen` gives every event that came out at the other side, as far as the sink shows it. */
export type EventSinkMade = { readonly port: EventSink; seen(): readonly MusterEvent[] };

export function eventSinkContract(name: string, make: () => EventSinkMade): void {
  describe(`EventSink: ${name}`, () => {
    test("events come out at once, whole and in their order", () => {
      const { port, seen } = make();
      port.emit("process.ready", { role: "worker", pid: 7 });
      port.emit("store.failed", { operation: "runs.write", message: 'no "answer"\nfor 5 s' });
      port.emit("process.ready", { role: "api", pid: 8 });
      expect(seen()).toEqual([
        { name: "process.ready", payload: { role: "worker", pid: 7 } },
        { name: "store.failed", payload: { operation: "runs.write", message: 'no "answer"\nfor 5 s' } },
        { name: "process.ready", payload: { role: "api", pid: 8 } },
      ]);
    });
  });
}
