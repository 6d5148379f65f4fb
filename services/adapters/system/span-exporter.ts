/** Tells spans of runs to an OpenTelemetry collector: few calls, a bounded buffer, and no run ever waits for it. */
import { limits } from "../../contract/limits.ts";
import { otlpBody } from "../../core/otlp.ts";
import { isTold, type Span, spanOf } from "../../core/run-spans.ts";
import type { EventListener, EventSink } from "../../ports/event-sink.ts";
import type { TimedHttp } from "./timed-http.ts";

/** Where spans go, of which runs, and who tells them. */
export type SpanExporterOptions = {
  readonly http: TimedHttp;
  /** Of the collector, as `OTEL_EXPORTER_OTLP_ENDPOINT` says it: `/v1/traces` is added. */
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Share of the runs whose traces are told: 0 to 1. */
  readonly share: number;
  readonly resource: Readonly<Record<string, string>>;
};

/** One for each process. Subscribe `listen` to the bus of its events. */
export type SpanExporter = {
  readonly listen: EventListener;
  /** Tells what was gathered. What the collector does not take is lost, and told once. */
  flush(events: EventSink): Promise<void>;
};

/** `key=value,key=value`, each value percent-encoded, as OpenTelemetry has it. Parts that are not of this form are left out. */
export function headersOf(text: string): Record<string, string> {
  const pairs = text.split(",").flatMap((part) => {
    const at = part.indexOf("=");
    return at < 1 ? [] : [[part.slice(0, at).trim(), decodeURIComponent(part.slice(at + 1).trim())] as const];
  });
  return Object.fromEntries(pairs);
}

/** An exporter; nothing is sent before its first `flush`. */
export function spanExporter({ http, endpoint, headers, share, resource }: SpanExporterOptions): SpanExporter {
  const url = `${endpoint.replace(/\/$/, "")}/v1/traces`;
  let spans: Span[] = [];
  let dropped = 0;

  return {
    listen: (event) => {
      const span = spanOf(event);
      if (span === undefined || !isTold(span.traceId, share)) return;
      if (spans.length < limits.spansMax) spans.push(span);
      else dropped++;
    },
    flush: async (events) => {
      const gathered = spans;
      const lost = dropped;
      spans = [];
      dropped = 0;
      if (gathered.length > 0) {
        const answer = await http({
          ...{ method: "POST", url, timeoutMs: limits.spansCallMs },
          headers: { ...headers, "content-type": "application/json" },
          body: otlpBody(gathered, resource),
        });
        const because = answer.kind === "failed" ? answer.because : `status ${answer.status}`;
        if (answer.kind === "failed" || answer.status >= 300)
          events.emit("spans.lost", { spans: gathered.length, because });
      }
      if (lost > 0) events.emit("spans.lost", { spans: lost, because: "more came than are kept between two exports" });
    },
  };
}
