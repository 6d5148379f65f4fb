/** What a fleet cost, by pool, and what that is a month. Pure. */
import { HOURS_PER_MONTH } from "../../contract/capacity-prices.ts";
import { type FleetPlan, type PlannedPool, plannedPools } from "../fleet.ts";

/** USD by pool. */
export type PoolUsd = Readonly<Record<PlannedPool, number>>;

/** Price of machine-hours. */
export const costOf = ({ pools }: Pick<FleetPlan, "pools">, hours: PoolUsd): PoolUsd => ({
  spot: hours.spot * pools.spot.usdPerHour,
  "on-demand": hours["on-demand"] * pools["on-demand"].usdPerHour,
  "fargate-spot": hours["fargate-spot"] * pools["fargate-spot"].usdPerHour,
  fargate: hours.fargate * pools.fargate.usdPerHour,
});

/** USD of all pools. */
export const totalOf = (usd: PoolUsd): number => plannedPools.reduce((sum, pool) => sum + usd[pool], 0);

/** What was spent in some hours, as if every month went on like that. */
export function perMonth(usd: PoolUsd, hours: number): PoolUsd {
  const times = HOURS_PER_MONTH / hours;
  return {
    spot: usd.spot * times,
    "on-demand": usd["on-demand"] * times,
    "fargate-spot": usd["fargate-spot"] * times,
    fargate: usd.fargate * times,
  };
}
