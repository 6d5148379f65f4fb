/** The events of a process and who hears them: its log, its metrics, and its traces where somebody collects them. */
import type { AwsEnv } from "../../contract/env.ts";
import { limits } from "../../contract/limits.ts";
import type { MetricRole } from "../../contract/metrics.ts";
import type { Clock } from "../../ports/clock.ts";
import type { EventSink } from "../../ports/event-sink.ts";
import type { MetricStore } from "../../ports/metric-store.ts";
import { eventBus } from "./event-bus.ts";
import { eventLines, type LineWriter } from "./event-log.ts";
import { metricRecorder } from "./metric-recorder.ts";
import { headersOf, type SpanExporter, spanExporter } from "./span-exporter.ts";
import { timedHttp } from "./timed-http.ts";

/** The part of the environment that says who listens. */
type Listeners = Pick<
  AwsEnv,
  | "MUSTER_INSTALLATION"
  | "MUSTER_METRICS_MS"
  | "OTEL_EXPORTER_OTLP_ENDPOINT"
  | "OTEL_EXPORTER_OTLP_HEADERS"
  | "OTEL_TRACES_SAMPLER_ARG"
>;

export type ProcessEventsOptions = {
  readonly role: MetricRole;
  readonly to: LineWriter;
  readonly clock: Clock;
  readonly store: MetricStore;
  readonly env: Listeners;
  /** Fields of every line of the log: who speaks. */
  readonly fields?: Readonly<Record<string, string>> | undefined;
};

/** Where the process tells its events, and when what was gathered is written. */
export type ProcessEvents = {
  readonly events: EventSink;
  /** Writes now. */
  flush(): Promise<void>;
  /** Writes if something was gathered and it was not done just now: after each request of a function. */
  flushIfDue(): Promise<void>;
  /** Writes again and again, and once more when the signal aborts. */
  run(signal: AbortSignal): Promise<void>;
};

function spansOf({ role, clock, env, fields }: ProcessEventsOptions): SpanExporter | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers = "" } = env;
  if (endpoint === undefined) return undefined;
  const installation = env.MUSTER_INSTALLATION ?? "local";
  return spanExporter({
    ...{ http: timedHttp(fetch, clock), endpoint, headers: headersOf(headers), share: env.OTEL_TRACES_SAMPLER_ARG },
    resource: { "service.name": `muster-${role}`, "service.namespace": installation, ...fields },
  });
}

/** One for each process. */
export function processEvents(options: ProcessEventsOptions): ProcessEvents {
  const { role, to, clock, store, env, fields } = options;
  const installation = env.MUSTER_INSTALLATION;
  const recorder = metricRecorder({
    ...{ role, clock, store, everyMs: env.MUSTER_METRICS_MS },
    ...(installation === undefined ? {} : { cloudWatch: { to, installation } }),
  });
  const spans = spansOf(options);
  const lines = eventLines(to, { level: "info", clock, fields, traces: spans !== undefined });
  const events = eventBus([lines, recorder.listen, ...(spans === undefined ? [] : [spans.listen])]);

  async function tellSpans(signal: AbortSignal): Promise<void> {
    while (spans !== undefined && !signal.aborted) {
      await clock.sleep(limits.spansEveryMs, signal);
      await spans.flush(events);
    }
  }

  return {
    events,
    flush: async () => {
      await Promise.all([recorder.flush(events), spans?.flush(events)]);
    },
    flushIfDue: async () => {
      await Promise.all([recorder.flushIfDue(events), spans?.flush(events)]);
    },
    run: async (signal) => {
      await Promise.all([recorder.run(events, signal), tellSpans(signal)]);
    },
  };
}
