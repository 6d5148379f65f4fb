/** How much the answer depends on the Spot discount, which nobody can look up beforehand. Pure. */
import { besidesPrices, machinePrices } from "../../contract/capacity-prices.ts";
import type { PlanResult } from "../plan.ts";
import type { Rows } from "./rows.ts";
import { dollars, percent } from "./words.ts";

const DISCOUNTS = [0.4, 0.5, 0.6, 0.7, 0.8];

/** Cost of the traffic, and the saving against the fixed fleet, at other Spot discounts; the decisions would be the same. */
export function sensitivityRows({ outcomes, request: { plan } }: PlanResult): Rows {
  const list = machinePrices.types[plan.machineType].onDemandUsdPerHour;
  const { publicAddressUsdPerHour, diskUsdPerHour } = besidesPrices;
  const beside = publicAddressUsdPerHour + diskUsdPerHour;
  const at = (costUsd: number, spotHours: number, discount: number) =>
    costUsd + spotHours * (list * (1 - discount) + beside - plan.pools.spot.usdPerHour);
  const fixed = outcomes.find(({ outcome }) => outcome.policy === "fixed");
  return {
    titles: ["policy", ...DISCOUNTS.map((discount) => `Spot ${percent(discount)} off`)],
    cells: outcomes.map(({ outcome, summary }) => [
      outcome.policy === "fixed" ? "fixed fleet" : outcome.policy,
      ...DISCOUNTS.map((discount) => {
        const cost = at(summary.costUsd, summary.machineHours.spot, discount);
        if (fixed === undefined || outcome.policy === "fixed") return dollars(cost);
        return `${dollars(cost)} (${percent(1 - cost / at(fixed.summary.costUsd, fixed.summary.machineHours.spot, discount))})`;
      }),
    ]),
  };
}
