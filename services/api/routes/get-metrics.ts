/** GET /v1/metrics */
import { z } from "zod";
import { metricReport } from "../../contract/metric-view.ts";
import { metricReportOf, recentFrom } from "../../core/metric-report.ts";
import { openMetrics, openMetricsType } from "../../core/open-metrics.ts";
import { prefers } from "../prefers.ts";
import { only, takesNothing } from "../reader.ts";
import { defineRoute, json } from "../route.ts";
import { exampleMetrics, exampleOpenMetrics } from "./example-metrics.ts";

export const getMetrics = defineRoute({
  ...takesNothing,
  method: "GET",
  path: "/v1/metrics",
  operation: "getMetrics",
  access: "operator",
  summary: "What the whole installation counts and measures; as JSON, or for Prometheus as OpenMetrics text",
  description: [
    "Counters and distributions are sums over all processes, ended ones included; each writes its part about once a minute. Gauges are",
    "what the controller measured last, and absent when that is some minutes ago. `Accept: application/openmetrics-text` gives text.",
  ].join(" "),
  headers: only(z.object({ accept: z.string().optional() })),
  answers: {
    200: {
      what: "The metrics",
      schema: metricReport,
      example: exampleMetrics,
      also: { media: openMetricsType, schema: z.string(), example: exampleOpenMetrics },
    },
  },
  refusals: [],
  handle: async ({ metrics, clock }, { headers }) => {
    const nowMs = clock.nowMs();
    const seen = await metrics.read(recentFrom(nowMs));
    if (prefers(headers.accept, "application/openmetrics-text", "application/json"))
      return new Response(openMetrics(seen, nowMs), { headers: { "content-type": openMetricsType } });
    return json(metricReportOf(seen, nowMs));
  },
});
