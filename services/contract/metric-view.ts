/** What `GET /v1/metrics` tells as JSON. Names, units and meanings are those of the catalogue (`metrics.ts`). */
import { z } from "zod";

const count = z.int().nonnegative();
const ms = z.int().nonnegative();
const share = z.number().min(0).max(1);
const labels = z.record(z.string(), z.string()).meta({ description: "`lane` or `pool`, where the metric has one" });
const unit = z.enum(["count", "ms", "microUsd"]);

const counterView = z.object({
  ...{ kind: z.literal("counter"), name: z.string(), unit, labels, total: count },
  recent: count.meta({ description: "of it in the recent minutes" }),
});
const gaugeView = z.object({ kind: z.literal("gauge"), name: z.string(), unit, labels, value: z.number() });
const distributionView = z.object({
  ...{ kind: z.literal("distribution"), name: z.string(), unit, labels, count, sumMs: ms },
  recent: z.object({ count, p50Ms: ms.optional(), p95Ms: ms.optional(), p99Ms: ms.optional() }),
});

export const metricReport = z
  .object({
    at: z.iso.datetime(),
    since: z.iso.datetime().optional().meta({ description: "when the totals begin; absent: nothing was measured yet" }),
    recentSeconds: count.meta({ description: "the time that everything recent is of" }),
    gaugesAt: z.iso.datetime().optional().meta({ description: "absent: nobody measured the fleet of late" }),
    now: z
      .object({
        activeRuns: count.optional(),
        queueDepth: count.optional(),
        oldestWaitMs: ms.optional(),
        utilisation: share.optional(),
        runsPerSecond: z.number().nonnegative(),
        errorRate: share.optional(),
        modelErrorRate: share.optional(),
        costPerHourMicroUsd: count,
      })
      .meta({ description: "made from the metrics below; what nobody can say is absent" }),
    metrics: z.array(z.discriminatedUnion("kind", [counterView, gaugeView, distributionView])),
  })
  .meta({ id: "Metrics" });
export type MetricReport = z.infer<typeof metricReport>;
export type MetricView = MetricReport["metrics"][number];
