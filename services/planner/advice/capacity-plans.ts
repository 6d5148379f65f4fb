/** The specification's three capacity plans at today's prices, and where the difference comes from. Pure. */
import { besidesPrices, discounts, HOURS_PER_MONTH, machinePrices } from "../../contract/capacity-prices.ts";
import { limits } from "../../contract/limits.ts";
import { FARGATE_TASK, fargateUsdPerHour, machineUsdPerHour, slotsOf } from "../machine-cost.ts";

/** The machine of the plans, and what the specification reckons for one on Spot, USD an hour. */
const TYPE = "c6g.2xlarge";
const SPOT_USD_SAID = 0.068;

/** As the specification has them; `saidUsd` a month. */
export const capacityPlans = [
  {
    name: "baseline",
    runs: "1,000-2,000",
    peakRuns: 2_000,
    spot: 20,
    onDemand: 10,
    fargateSpot: 0,
    fargate: 0,
    saidUsd: 2_500,
  },
  { name: "peak", runs: "5,000", peakRuns: 5_000, spot: 80, onDemand: 20, fargateSpot: 50, fargate: 0, saidUsd: 8_000 },
  {
    name: "surge",
    runs: "10,000 and more",
    peakRuns: 10_000,
    spot: 150,
    onDemand: 30,
    fargateSpot: 0,
    fargate: 200,
    saidUsd: 20_000,
  },
] as const;
export type CapacityPlan = (typeof capacityPlans)[number];

/**
 * A plan, priced; USD a month, its machines running all of it. `todayUsd` is all of it, its parts by pool. `atSaidSpotUsd`: the same machines, bare, at
 * the specification's Spot price: what it comes to then is nearly its own figure. The differences add up to `todayUsd - atSaidSpotUsd`.
 */
export type PricedPlan = {
  readonly plan: CapacityPlan;
  readonly slots: number;
  readonly byPool: { readonly spot: number; readonly onDemand: number; readonly fargate: number };
  readonly todayUsd: number;
  readonly atSaidSpotUsd: number;
  readonly differences: { readonly spotPrice: number; readonly addressesAndDisks: number };
  readonly savingsPlanUsd: number;
};

/** Prices a plan with this Spot discount. */
export function pricePlan(plan: CapacityPlan, spotDiscount: number): PricedPlan {
  const month = (count: number, usdPerHour: number) => count * usdPerHour * HOURS_PER_MONTH;
  const listUsd = machinePrices.types[TYPE].onDemandUsdPerHour;
  const { publicAddressUsdPerHour, diskUsdPerHour } = besidesPrices;
  const machines = plan.spot + plan.onDemand;
  const tasks = plan.fargateSpot + plan.fargate;
  const spot = month(plan.spot, machineUsdPerHour(TYPE, spotDiscount));
  const onDemand = month(plan.onDemand, machineUsdPerHour(TYPE, 0));
  const fargate =
    month(plan.fargateSpot, fargateUsdPerHour(discounts.fargateSpot)) + month(plan.fargate, fargateUsdPerHour(0));
  const beside = month(machines, publicAddressUsdPerHour + diskUsdPerHour) + month(tasks, publicAddressUsdPerHour);
  const spotPrice = month(plan.spot, listUsd * (1 - spotDiscount) - SPOT_USD_SAID);
  const todayUsd = spot + onDemand + fargate;
  return {
    plan,
    slots: machines * slotsOf(TYPE, limits.slotsPerVcpu) + tasks * FARGATE_TASK.vcpu * limits.slotsPerVcpu,
    byPool: { spot, onDemand, fargate },
    todayUsd,
    atSaidSpotUsd: todayUsd - spotPrice - beside,
    differences: { spotPrice, addressesAndDisks: beside },
    savingsPlanUsd: month(plan.onDemand, listUsd * discounts.savingsPlan),
  };
}
