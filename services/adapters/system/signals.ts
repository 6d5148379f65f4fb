import type { Clock } from "../../ports/clock.ts";
import type { StopSource } from "../../ports/stop-source.ts";

/** Whatever tells of signals; `process` is one. */
export type SignalEmitter = {
  on(signal: StopSignal, listener: () => void): unknown;
  off(signal: StopSignal, listener: () => void): unknown;
};

/** Signals that ask a process to stop. Kill cannot be heard and is not one. */
export type StopSignal = "SIGTERM" | "SIGINT";
const stopSignals: readonly StopSignal[] = ["SIGTERM", "SIGINT"];

/**
 * Turns SIGTERM and SIGINT into a stop notice. `deadlineMs` is the time that the sender gives from the signal on; a
 * notice without one has no deadline. While watched, the signals do not end the process by themselves.
 */
export function sigtermSource(emitter: SignalEmitter, clock: Clock, deadlineMs?: number): StopSource {
  return {
    kind: "signal",
    watch: (stop) =>
      new Promise((resolve) => {
        if (stop.aborted) return;
        const listeners = stopSignals.map((signal) => ({ signal, hear: () => notice(signal) }));
        const finish = () => {
          for (const { signal, hear } of listeners) emitter.off(signal, hear);
          stop.removeEventListener("abort", finish);
        };
        const notice = (source: StopSignal) => {
          const atMs = clock.nowMs();
          finish();
          resolve({ source, atMs, ...(deadlineMs === undefined ? {} : { deadlineAtMs: atMs + deadlineMs }) });
        };
        for (const { signal, hear } of listeners) emitter.on(signal, hear);
        stop.addEventListener("abort", finish, { once: true });
      }),
  };
}
