/** The capacity plans of the specification, and what their machines cost in a month without an idle hour. */

import {
  besidesPrices,
  discounts,
  fargatePrices,
  HOURS_PER_MONTH,
  machinePrices,
} from "../../../services/contract/capacity-prices.ts";
import type { ProfileName } from "../../../services/contract/profiles.ts";
import type { Line } from "./bill.ts";

/** A plan: how many of what, and what the specification says that it costs. */
export type Plan = {
  readonly name: string;
  readonly profile: ProfileName;
  readonly spot: number;
  readonly onDemand: number;
  readonly fargateSpot: number;
  readonly fargate: number;
  readonly specUsd: number;
};

export const plans: readonly Plan[] = [
  { name: "1-2k", profile: "standard", spot: 20, onDemand: 10, fargateSpot: 0, fargate: 0, specUsd: 2_500 },
  { name: "5k", profile: "large", spot: 80, onDemand: 20, fargateSpot: 50, fargate: 0, specUsd: 8_000 },
  { name: "10k+", profile: "surge", spot: 150, onDemand: 30, fargateSpot: 0, fargate: 200, specUsd: 20_000 },
];

/** Its lines; `reservedUsd` is what is left to pay with a Compute Savings Plan for the On-Demand machines. */
export function planMonth(plan: Plan): { readonly lines: Line[]; readonly usd: number; readonly reservedUsd: number } {
  const { spot, onDemand, fargateSpot, fargate } = plan;
  const machine = machinePrices.types["c6g.2xlarge"].onDemandUsdPerHour;
  const task = fargatePrices.usdPerVcpuHour + 2 * fargatePrices.usdPerGibHour;
  const line = (what: string, count: number, usdPerHour: number): Line => {
    const quantity = count * HOURS_PER_MONTH;
    return { what: `${count} ${what}`, quantity, per: "hour", usd: quantity * usdPerHour };
  };
  const always = line("On-Demand c6g.2xlarge", onDemand, machine);
  const lines = [
    always,
    line("Spot c6g.2xlarge", spot, machine * (1 - discounts.spot)),
    line("Fargate Spot tasks", fargateSpot, task * (1 - discounts.fargateSpot)),
    line("Fargate tasks", fargate, task),
    line("disks", spot + onDemand, besidesPrices.diskUsdPerHour),
    line("addresses", spot + onDemand + fargateSpot + fargate, besidesPrices.publicAddressUsdPerHour),
  ];
  const usd = lines.reduce((sum, one) => sum + one.usd, 0);
  return { lines, usd, reservedUsd: usd - always.usd * discounts.savingsPlan };
}
