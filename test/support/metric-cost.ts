/** What metrics cost in CloudWatch, at most: every series that can be, written in every hour of the month: of the first 10,000. */
import type { Pool } from "../../services/contract/ids.ts";
import { metricNames, metricOf, seriesOf } from "../../services/contract/metrics.ts";
import { prices } from "../infra/bill/prices.ts";

/** Series that an installation with these pools writes to CloudWatch. */
export const writtenSeries = (pools: readonly Pool[]): number =>
  metricNames
    .filter((name) => metricOf(name).ofAws === undefined)
    .reduce((sum, name) => sum + seriesOf(name, pools).length, 0);

/** USD a month, at most. */
export const metricsUsdPerMonth = (pools: readonly Pool[]): number =>
  Math.round(writtenSeries(pools) * prices.metric.usd * 100) / 100;
