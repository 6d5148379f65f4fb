/** Spans as OTLP over HTTP takes them, in JSON. Pure. */
import type { Attribute, Span } from "./run-spans.ts";

const NANO = 1_000_000n;
const INTERNAL = 1;
const OK = 1;
const ERROR = 2;

const valueOfAttribute = (value: Attribute) =>
  typeof value === "string" ? { stringValue: value } : { intValue: String(Math.round(value)) };

const attributesOf = (all: Readonly<Record<string, Attribute>>) =>
  Object.entries(all).map(([key, value]) => ({ key, value: valueOfAttribute(value) }));

const nanos = (ms: number): string => String(BigInt(Math.round(ms)) * NANO);

/** The body of an export; `resource` says who tells them, such as `service.name`. */
export const otlpBody = (spans: readonly Span[], resource: Readonly<Record<string, Attribute>>): string =>
  JSON.stringify({
    resourceSpans: [
      {
        resource: { attributes: attributesOf(resource) },
        scopeSpans: [
          {
            scope: { name: "muster" },
            spans: spans.map(({ traceId, spanId, parentId, name, startMs, endMs, failed, attributes }) => ({
              ...{ traceId, spanId, name, kind: INTERNAL },
              ...(parentId === undefined ? {} : { parentSpanId: parentId }),
              startTimeUnixNano: nanos(startMs),
              endTimeUnixNano: nanos(endMs),
              attributes: attributesOf(attributes),
              status: { code: failed ? ERROR : OK },
            })),
          },
        ],
      },
    ],
  });
