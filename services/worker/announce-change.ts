/** Tells of a change of a limit class by the worker that made it. */
import type { RateControl } from "../contract/rate.ts";
import { PERMIT, perMinute } from "../core/rate-clock.ts";
import type { EventSink } from "../ports/event-sink.ts";

export type Change = {
  readonly what: "pause" | "ramp" | "breaker" | "lowered";
  readonly limitClass: string;
  readonly before: RateControl;
  readonly after: RateControl;
};

export function announceChange(events: EventSink, { what, limitClass, before, after }: Change): void {
  const { breaker, pausedUntilMs, share } = after;
  // A pause that others of the same crowd made longer is told once.
  if (what === "pause" && before.pausedUntilMs > after.anchorMs) return;
  if (what === "pause") events.emit("rate.paused", { limitClass, untilMs: pausedUntilMs, share });
  else if (what === "ramp") events.emit("rate.ramp", { limitClass, share });
  else if (what === "lowered")
    events.emit("rate.lowered", { limitClass, requestsPerMinute: perMinute(after).requests / PERMIT });
  else if (breaker.kind === "closed") events.emit("breaker.closed", { limitClass });
  else if (breaker.kind === "half-open") events.emit("breaker.probe", { limitClass, probe: breaker.probes });
  else {
    const { cause, probeAtMs } = breaker;
    events.emit("breaker.opened", { limitClass, cause, ...(probeAtMs === undefined ? {} : { probeAtMs }) });
  }
}
