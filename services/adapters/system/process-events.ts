/** The events of a process and who hears them: its log, and its metrics. */
import type { MetricRole } from "../../contract/metrics.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventSink } from "../../ports/event-sink.ts";
import type { MetricStore } from "../../ports/metric-store.ts";
import { eventBus } from "./event-bus.ts";
import { eventLines, type LineWriter } from "./event-log.ts";
import { metricRecorder } from "./metric-recorder.ts";

export type ProcessEventsOptions = {
  readonly role: MetricRole;
  readonly to: LineWriter;
  readonly clock: Clock;
  readonly store: MetricStore;
  readonly env: { readonly MUSTER_INSTALLATION?: string | undefined; readonly MUSTER_METRICS_MS?: number | undefined };
  /** Fields of every line of the log: who speaks. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
};

/** Where the process tells its events, and when what was counted is written. */
export type ProcessEvents = {
  readonly events: EventSink;
  /** Writes now. */
  flush(): Promise<void>;
  /** Writes if something was counted and it was not done just now: after each request of a function. */
  flushIfDue(): Promise<void>;
  /** Writes again and again, and once more when the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
};

/** One for each process. */
export function processEvents(options: ProcessEventsOptions): ProcessEvents {
  const { role, to, clock, store, env, fields } = options;
  const installation = env.MUSTER_INSTALLATION;
  const recorder = metricRecorder({
    ...{ role, clock, store, everyMs: env.MUSTER_METRICS_MS },
    ...(installation === undefined ? {} : { cloudWatch: { to, installation } }),
  });
  const events = eventBus([eventLines(to, { level: "info", clock, fields }), recorder.listen]);
  return {
    events,
    flush: () => recorder.flush(events),
    flushIfDue: () => recorder.flushIfDue(events),
    run: (signal) => recorder.run(events, signal),
  };
}
