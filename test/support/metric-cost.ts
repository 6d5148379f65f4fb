/** What metrics cost in CloudWatch, at most: every series that can be, written in every hour of the month. */
import type { Pool } from "../../services/contract/ids.ts";
import { metricNames, metricOf, seriesOf } from "../../services/contract/metrics.ts";

/** us-east-1, of the first 10,000 metrics. A series is charged by the hour in which something was written to it. */
export const metricPrice = {
  usdPerSeriesMonth: 0.3,
  asOf: "2026-08",
  source: "https://aws.amazon.com/cloudwatch/pricing/",
} as const;

/** Series that an installation with these pools writes to CloudWatch. */
export const writtenSeries = (pools: readonly Pool[]): number =>
  metricNames
    .filter((name) => metricOf(name).ofAws === undefined)
    .reduce((sum, name) => sum + seriesOf(name, pools).length, 0);

/** USD a month, at most. */
export const metricsUsdPerMonth = (pools: readonly Pool[]): number =>
  Math.round(writtenSeries(pools) * metricPrice.usdPerSeriesMonth * 100) / 100;
