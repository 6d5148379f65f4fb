/** What CloudWatch makes of a line in its embedded metric format when it arrives in a log, as the call that would say the same. */
import type { PutMetricDataCommandInput } from "@aws-sdk/client-cloudwatch";
import { z } from "zod";

const directive = z.object({
  Namespace: z.string(),
  Dimensions: z.tuple([z.array(z.string())]),
  Metrics: z.array(z.object({ Name: z.string(), Unit: z.enum(["Count", "Milliseconds", "None"]) })),
});
const line = z.looseObject({
  _aws: z.object({ Timestamp: z.number(), CloudWatchMetrics: z.tuple([directive]) }),
});
const value = z.union([
  z.number().transform((Value) => ({ Value })),
  z.object({ Values: z.array(z.number()), Counts: z.array(z.number()) }),
]);

/** Throws on a line that CloudWatch would not understand. */
export function dataOfEmf(text: string): PutMetricDataCommandInput {
  const { _aws, ...rest } = line.parse(JSON.parse(text));
  const [{ Namespace, Dimensions: [names], Metrics }] = _aws.CloudWatchMetrics; // biome-ignore format: one pattern
  const Dimensions = names.map((Name) => ({ Name, Value: z.string().min(1).parse(rest[Name]) }));
  const MetricData = Metrics.map(({ Name, Unit }) => ({
    ...{ MetricName: Name, Unit, Dimensions, Timestamp: new Date(_aws.Timestamp) },
    ...value.parse(rest[Name]),
  }));
  return { Namespace, MetricData };
}
