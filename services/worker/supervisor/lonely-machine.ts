/**
 * Ends a machine that nobody scales in: all its workers idle for `idleLeaveMs`, and the controller silent. Looks at the
 * controller's lease only while the machine is idle, so that a busy fleet reads nothing.
 */
import { limits } from "../../contract/limits.ts";
import { type LeaseSight, leaseSilentMs, sightOf } from "../../core/lease.ts";
import { type Driver, shouldLeave, wantsToKnow } from "../../core/lonely.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventSink } from "../../ports/event-sink.ts";
import type { LeaseStore } from "../../ports/lease-store.ts";
import type { OwnMachine } from "../../ports/own-machine.ts";

/** What it looks at, and what it ends. */
export type LonelyParts = {
  readonly driver: Driver;
  readonly leases: LeaseStore;
  readonly machine: OwnMachine;
  readonly clock: Clock;
  readonly events: EventSink;
  /** The least idle worker; undefined while one has not told. */
  idleMs(): number | undefined;
};

/** Resolves once the machine is leaving, or when the signal aborts. */
export async function watchLonely(parts: LonelyParts, signal: AbortSignal): Promise<"leaving" | "stopped"> {
  const { driver, leases, machine, clock, events, idleMs } = parts;
  let sight: LeaseSight | undefined;
  while (!signal.aborted) {
    let restMs: number = limits.idleLookMs;
    try {
      // What was seen before the machine was busy is too old to say anything.
      if (!wantsToKnow({ idleMs: idleMs() })) sight = undefined;
      else if (driver === "controller") sight = sightOf(sight, await leases.read(), clock.monotonicMs());
      const controllerSilentMs = sight && leaseSilentMs(sight, clock.monotonicMs());
      if (shouldLeave({ driver, idleMs: idleMs(), controllerSilentMs })) {
        const outcome = await machine.leave();
        if (outcome.kind === "leaving") {
          events.emit("machine.leaves", {
            because: `no run for ${limits.idleLeaveMs} ms, and nobody scales the fleet in`,
          });
          return "leaving";
        }
        events.emit("machine.kept", { because: outcome.because });
        restMs = limits.leaveAgainMs;
      }
    } catch (error) {
      sight = undefined;
      events.emit("store.failed", { operation: "watch lonely machine", message: String(error) });
    }
    await clock.sleep(restMs, signal);
  }
  return "stopped";
}
