/** Measures a process by its events and writes what it measured: to its log for CloudWatch, to the store for everybody. */
import { limits } from "../../contract/limits.ts";
import type { MetricRole } from "../../contract/metrics.ts";
import { emfLines } from "../../core/emf.ts";
import { measureEvent } from "../../core/measure-event.ts";
import { cellsOf, gaugesOf } from "../../core/metric-cells.ts";
import { MetricWindow } from "../../core/metric-window.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventListener, EventSink } from "../../ports/event-sink.ts";
import type { MetricStore } from "../../ports/metric-store.ts";
import type { LineWriter } from "./event-log.ts";

export type MetricRecorderOptions = {
  readonly role: MetricRole;
  readonly clock: Clock;
  readonly store: MetricStore;
  /** Where lines for CloudWatch go, and under which name; absent: nobody reads them there. */
  readonly cloudWatch?: { readonly to: LineWriter; readonly installation: string } | undefined;
  readonly everyMs?: number | undefined;
};

/** One for each process. Subscribe `listen` to the bus of its events. */
export type MetricRecorder = {
  readonly listen: EventListener;
  /** Writes what was measured since the last time. What the store does not take is told and lost: it may have been counted. */
  flush(events: EventSink): Promise<void>;
  /** The same, unless it was done less than `metricsFunctionMs` ago: for a function that lives only while it answers. */
  flushIfDue(events: EventSink): Promise<void>;
  /** Writes every `everyMs` until the signal aborts, and once more then. */
  run(events: EventSink, signal: AbortSignal): Promise<void>;
};

export function metricRecorder(options: MetricRecorderOptions): MetricRecorder {
  const { role, clock, store, cloudWatch, everyMs = limits.metricsEveryMs } = options;
  const window = new MetricWindow();
  let flushedAtMs = Number.NEGATIVE_INFINITY;

  async function flush(events: EventSink): Promise<void> {
    flushedAtMs = clock.monotonicMs();
    const measured = window.take();
    if (measured.length === 0) return;
    const atMs = clock.nowMs();
    if (cloudWatch !== undefined) {
      const { to, installation } = cloudWatch;
      for (const line of emfLines(measured, { installation, nowMs: atMs })) to.write(line);
    }
    const values = gaugesOf(measured);
    try {
      await store.add({ role, atMs, cells: cellsOf(measured) });
      if (Object.keys(values).length > 0) await store.publish({ atMs, values });
    } catch (error) {
      events.emit("store.failed", { operation: "write metrics", message: String(error) });
    }
  }

  return {
    listen: (event) => measureEvent(window, event),
    flush,
    flushIfDue: async (events) => {
      if (clock.monotonicMs() - flushedAtMs >= limits.metricsFunctionMs) await flush(events);
    },
    run: async (events, signal) => {
      while (!signal.aborted) {
        await clock.sleep(everyMs, signal);
        await flush(events);
      }
    },
  };
}
