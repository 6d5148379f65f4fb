/**
 * Ends a machine that nobody scales in: all its workers idle for `idleLeaveMs`, and no decision of the controller. Looks at the
 * controller's lease only while the machine is idle, so that a busy fleet reads nothing. Before it asks for the end its workers
 * take no new run, and say once more how idle they are: what one of them was just claiming is not interrupted.
 */
import { limits } from "../../contract/limits.ts";
import { type HeartbeatSight, heartbeatOf } from "../../core/lease.ts";
import { type Driver, type LonelyView, shouldLeave, wantsToKnow } from "../../core/lonely.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventSink } from "../../ports/event-sink.ts";
import type { LeaseStore } from "../../ports/lease-store.ts";
import type { LeaveOutcome, OwnMachine } from "../../ports/own-machine.ts";

/** The workers of the machine, as their keeper knows them. */
export type HeldWorkers = {
  /** The least idle worker; undefined while one has not told. */
  idleMs(): number | undefined;
  /** The same, told by all of them since they take no new run; undefined until then. */
  heldIdleMs(): number | undefined;
  hold(held: boolean): void;
};

/** What it looks at, and what it ends. */
export type LonelyParts = {
  readonly driver: Driver;
  readonly leases: LeaseStore;
  readonly machine: OwnMachine;
  readonly clock: Clock;
  readonly events: EventSink;
  readonly workers: HeldWorkers;
};

/** Asks for the end while no worker can take a run. They take runs again unless the machine leaves, also when nobody could say. */
async function leaveIdle({ workers, machine, clock }: LonelyParts, view: LonelyView): Promise<LeaveOutcome> {
  let leaves = false;
  workers.hold(true);
  try {
    const untilMs = clock.monotonicMs() + limits.holdMs;
    while (workers.heldIdleMs() === undefined && clock.monotonicMs() < untilMs) await clock.sleep(limits.holdLookMs);
    const idleMs = workers.heldIdleMs();
    if (idleMs === undefined) return { kind: "kept", because: "a worker does not say that it takes no run" };
    if (!shouldLeave({ ...view, idleMs })) return { kind: "kept", because: "a run came" };
    const outcome = await machine.leave();
    leaves = outcome.kind === "leaving";
    return outcome;
  } finally {
    if (!leaves) workers.hold(false);
  }
}

/** Resolves once the machine is leaving, or when the signal aborts. */
export async function watchLonely(parts: LonelyParts, signal: AbortSignal): Promise<"leaving" | "stopped"> {
  const { driver, leases, clock, events, workers } = parts;
  let sight: HeartbeatSight | undefined;
  while (!signal.aborted) {
    let restMs: number = limits.idleLookMs;
    try {
      // What was seen before the machine was busy is too old to say anything.
      if (!wantsToKnow({ idleMs: workers.idleMs() })) sight = undefined;
      else if (driver === "controller") sight = heartbeatOf(sight, await leases.read(), clock.monotonicMs());
      const controllerSilentMs = sight && clock.monotonicMs() - sight.sinceMs;
      const view = { driver, idleMs: workers.idleMs(), controllerSilentMs };
      if (shouldLeave(view)) {
        const outcome = await leaveIdle(parts, view);
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
