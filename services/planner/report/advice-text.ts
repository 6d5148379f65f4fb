/** The advice in sentences. */
import { discounts } from "../../contract/capacity-prices.ts";
import { LEAST_USE } from "../advice/savings-plan.ts";
import type { PlanResult } from "../plan.ts";
import { dollars, percent, smallDollars, whole } from "./words.ts";

/** One sentence or two for each question, with what it is about. */
export function adviceText({
  advice,
  peakRuns,
  request: { plan },
}: PlanResult): { readonly about: string; readonly text: string }[] {
  const { savingsPlan, rightSize, types, orchestrator, modelTier } = advice;
  const [cheapest] = types;
  return [
    {
      about: "Compute Savings Plan",
      text:
        savingsPlan.machines === 0
          ? `no On-Demand machine runs more than ${percent(LEAST_USE)} of the time: nothing to commit to`
          : `commit to ${savingsPlan.machines} ${plan.machineType} On-Demand machines (each runs more than ${percent(Math.max(LEAST_USE, savingsPlan.breakEvenUse))} of the time): ` +
            `${dollars(savingsPlan.usdPerMonth)} a month instead of ${dollars(savingsPlan.usdPerMonth + savingsPlan.savedUsdPerMonth)}, ${dollars(savingsPlan.savedUsdPerMonth)} less (at ${percent(discounts.savingsPlan)} off)`,
    },
    {
      about: "Right-sizing",
      text:
        `${rightSize.slotsPerVcpu} slots for each vCPU fill ${percent(rightSize.memoryPart)} of a ${plan.machineType}'s memory; the soft limit is ${percent(rightSize.softLimit)}, ` +
        `which ${whole(rightSize.slotsPerVcpuAtMost)} slots for each vCPU would reach. Runs that mostly wait for the model need little CPU: ` +
        "raise worker.slotsPerVcpu while CPU stays below 70 %, and every slot becomes cheaper in proportion",
    },
    {
      about: "Types",
      text:
        cheapest === undefined
          ? "no types"
          : `${cheapest.type} gives the cheapest slots: ${smallDollars(cheapest.spotUsd)} an hour on Spot, ${smallDollars(cheapest.onDemandUsd)} On-Demand; ` +
            "keep m6g and r6g in the Spot group for more pools to draw from, and for runs with much memory",
    },
    { about: "Orchestrator", text: `${orchestrator.use}: ${orchestrator.because}` },
    {
      about: "Model tier",
      text:
        `${whole(peakRuns)} runs at once make ${whole(modelTier.peakCallsPerMinute)} calls a minute (${whole(modelTier.meanCallsPerMinute)} on average): tier ${modelTier.tier}` +
        (modelTier.given === undefined
          ? ""
          : `. The given ${whole(modelTier.given)} a minute feed ${whole(modelTier.feedsRuns ?? 0)} runs; no more slots than that (and a fifth) are launched`),
    },
  ];
}
